import type { ReportFigures } from "./figures.ts";
import { exactMoney, gapPercent, roundedMoney } from "./number-text.ts";

const CENT = 10_000;
const EXACT_BELOW = 1_000_000_000;

/** What is proven about a result, in plain words: a headline and the sentences that belong to it. */
export function certificateStatement(figures: ReportFigures, status: "optimal" | "gap" | "deadline" | undefined): { headline: string; text: string } {
  const { bound, gap, currency, optimized, penalty } = figures;
  if (bound === undefined || gap === undefined) {
    return {
      headline: "Not certified",
      text: "The certified solver was not part of this run, so nothing is proven about how far this result is from the cheapest one.",
    };
  }
  const limit = `${currency} ${amount(bound, "down")}`;
  const counted = penalty === 0 ? "" : `, counting ${currency} ${amount(penalty, "up")} that its changes must earn back (switching cost and minimum saving)`;
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
    text: `No assignment that keeps the rules of this run can cost less than ${limit}; this one is within ${currency} ${amount(excess, "up")} (${gapPercent(gap)}) of that${counted}.${stopped}`,
  };
}

/** Whole cents are said as they are; from 1,000 units on others are rounded, to the side on which the claim holds. */
function amount(micros: number, side: "down" | "up"): string {
  if (micros % CENT === 0) return roundedMoney(micros);
  if (Math.abs(micros) < EXACT_BELOW) return exactMoney(micros);
  return roundedMoney((side === "down" ? Math.floor(micros / CENT) : Math.ceil(micros / CENT)) * CENT);
}
