import { describe, expect, it } from "vitest";
import { certificateStatement } from "./certificate-statement.ts";
import type { ReportFigures } from "./figures.ts";
import { gapOf } from "../optimizer/solution.ts";
import { gatherFigures } from "./figures.ts";
import { smallRun } from "./fixtures/small-run.ts";

function figuresWith(changes: {
  optimized: number;
  bound: number;
  penalty?: number;
  countsChanges?: boolean;
}): ReportFigures {
  const { run, rows } = smallRun();
  const penalty = changes.penalty ?? 0;
  return {
    ...gatherFigures(run, rows),
    ...changes,
    penalty,
    gap: gapOf(changes.optimized, penalty, changes.bound),
  };
}

describe("the certificate in plain words", () => {
  it("says that nothing cheaper exists only where the gap is nothing", () => {
    expect(
      certificateStatement(figuresWith({ optimized: 2_245_000_000, bound: 2_245_000_000 }), "optimal"),
    ).toEqual({
      headline: "Proven: nothing cheaper exists",
      text: "No assignment that keeps the rules of this run can cost less than USD 2,245.00, and this one costs exactly that.",
    });
  });

  it("gives the gap as an amount and a percentage", () => {
    expect(
      certificateStatement(figuresWith({ optimized: 2_245_050_000, bound: 2_244_850_000 }), "gap"),
    ).toEqual({
      headline: "Proven to within 0.0089 % of the least possible",
      text: "No assignment that keeps the rules of this run can cost less than USD 2,244.85; this one is within USD 0.20 (0.0089 %) of that.",
    });
  });

  it("rounds to the side on which the claim holds", () => {
    const { text } = certificateStatement(
      figuresWith({ optimized: 2_245_050_001, bound: 2_244_859_999 }),
      "deadline",
    );
    expect(text).toContain("less than USD 2,244.85;");
    expect(text).toContain("The search was stopped by its time limit.");
    expect(
      certificateStatement(figuresWith({ optimized: 9_000_000_000_001, bound: 8_990_000_000_000 }), "gap")
        .text,
    ).toContain("within USD 10,000.01");
    const [close, closer] = [5_220_816, 220_816].map(
      (excess) =>
        certificateStatement(
          figuresWith({ optimized: 20_521_076_000 + excess, bound: 20_521_076_000 }),
          "gap",
        ).text,
    );
    expect(close).toContain("less than USD 20,521.07; this one is within USD 5.23 (");
    expect(closer).toContain("within USD 0.220816 (");
  });

  it("claims no bound on the bill alone where changes must earn something back", () => {
    const { headline, text } = certificateStatement(
      figuresWith({ optimized: 3_000_000, bound: 3_750_000, penalty: 750_000, countsChanges: true }),
      "optimal",
    );
    expect(headline).toBe("Proven: nothing better exists");
    expect(text).toBe(
      "Counting what each change of plan must earn back (switching cost and minimum saving), no assignment that keeps the rules of this run can come to less than USD 3.75; this one comes to USD 3.75, USD 0.75 of it for its changes: exactly the least.",
    );
  });

  it("claims nothing without a certificate", () => {
    const { run, rows } = smallRun();
    const figures = { ...gatherFigures(run, rows), bound: undefined, gap: undefined };
    expect(certificateStatement(figures, undefined).headline).toBe("Not certified");
  });
});
