import type { ReportFigures } from "./figures.ts";
import { exactMoney, gapPercent, roundedMoney } from "./number-text.ts";

/** What is proven about a result, in plain words: a headline and the sentences that belong to it. */
export function certificateStatement(figures: ReportFigures, status: "optimal" | "gap" | "deadline" | undefined): { headline: string; text: string } {
  const { bound, gap, currency, optimized, penalty } = figures;
  if (bound === undefined || gap === undefined) {
    return {
      headline: "Not certified",
      text: "The certified solver was not part of this run, so nothing is proven about how far this result is from the cheapest one.",
    };
  }
  const limit = `${currency} ${amount(bound)}`;
  const counted = penalty === 0 ? "" : `, counting ${currency} ${amount(penalty)} that its changes must earn back (switching cost and minimum saving)`;
  const excess = optimized + penalty - bound;
  if (excess === 0) {
    return {
      headline: "Proven: nothing cheaper exists",
      text: `No assignment that keeps the rules of this run can cost less than ${limit}, and this one costs exactly that${counted}.`,
    };
  }
  const stopped = status === "deadline" ? " The search was stopped by its time limit." : "";
  return {
    headline: `Proven to within ${gapPercent(gap)} of the best possible`,
    text: `No assignment that keeps the rules of this run can cost less than ${limit}; this one is within ${currency} ${amount(excess)} (${gapPercent(gap)}) of that${counted}.${stopped}`,
  };
}

/** To the cent, or exactly where cents do not say it. */
function amount(micros: number): string {
  return micros % 10_000 === 0 || Math.abs(micros) >= 1_000_000_000 ? roundedMoney(micros) : exactMoney(micros);
}
