import type { ReportFigures } from "./figures.ts";
import { exactMoney, gapPercent, roundedMoney } from "./number-text.ts";

const CENT = 10_000;
const EXACT_BELOW = 1_000_000;

type ProvenFigures = Pick<
  ReportFigures,
  "bound" | "gap" | "currency" | "optimized" | "penalty" | "countsChanges"
>;

/** What is proven about a result, in plain words: a headline and the sentences that belong to it. */
export function certificateStatement(
  figures: ProvenFigures,
  status: "optimal" | "gap" | "deadline" | undefined,
): { headline: string; text: string } {
  const { bound, gap, currency, optimized, penalty, countsChanges } = figures;
  if (bound === undefined || gap === undefined) {
    return {
      headline: "Not certified",
      text: "The certified solver was not part of this run, so nothing is proven about how far this result is from the cheapest one.",
    };
  }
  const limit = `${currency} ${amount(bound, "down")}`;
  const excess = optimized + penalty - bound;
  const within = `within ${currency} ${amount(excess, "up")} (${gapPercent(gap)}) of that`;
  const stopped = status === "deadline" ? " The search was stopped by its time limit." : "";
  const text = countsChanges
    ? `Counting what each change of plan must earn back (switching cost and minimum saving), no assignment that keeps the rules of this run can come to less than ${limit}; ` +
      `this one comes to ${currency} ${amount(optimized + penalty, "up")}, ${currency} ${amount(penalty, "up")} of it for its changes: ${excess === 0 ? "exactly the least" : within}.`
    : `No assignment that keeps the rules of this run can cost less than ${limit}${excess === 0 ? ", and this one costs exactly that" : `; this one is ${within}`}.`;
  return { headline: headlineOf(excess, gap, countsChanges), text: text + stopped };
}

/** Past this a gap is no praise. */
const TIGHT_BELOW = 1;

function headlineOf(excess: number, gap: number, countsChanges: boolean): string {
  if (excess === 0) return countsChanges ? "Proven: nothing better exists" : "Proven: nothing cheaper exists";
  return gap < TIGHT_BELOW
    ? `Proven to within ${gapPercent(gap)} of the least possible`
    : "Bounded, but not tightly";
}

/** Whole cents are said as they are; from 1 unit on others are rounded, to the side on which the claim holds. */
function amount(micros: number, side: "down" | "up"): string {
  if (micros % CENT === 0) return roundedMoney(micros);
  if (Math.abs(micros) < EXACT_BELOW) return exactMoney(micros);
  return roundedMoney((side === "down" ? Math.floor(micros / CENT) : Math.ceil(micros / CENT)) * CENT);
}
