import { styleText } from "node:util";
import { describe, expect, it } from "vitest";
import { buildRun } from "../../reports/fixtures/build-run.ts";
import { smallRun } from "../../reports/fixtures/small-run.ts";
import { gatherFigures } from "../../reports/figures.ts";
import type { InputRows, ReportedRun } from "../../reports/reported-run.ts";
import { resultText } from "./result-text.ts";
import type { Colour } from "./terminal/colour.ts";

const plain: Colour = (_format, text) => text;
const coloured: Colour = (format, text) => styleText(format, text, { validateStream: false });

function textOf(
  { run, rows }: { run: ReportedRun; rows: InputRows },
  colour = plain,
  notes: string[] = [],
): string {
  return resultText(run, gatherFigures(run, rows), colour, notes);
}

describe("the result on a terminal", () => {
  it("shows saving, proof, plan mix, strategies with bound and gap, pools and what was left out", () => {
    expect(textOf(smallRun(), plain, ["Plan X was set aside."]))
      .toBe(`Saves USD 17.90 per billing cycle (46.3 %)
Today USD 38.70, recommended USD 20.80. 3 of 6 SIMs in the bill change plan.

Proven to within 0.096 % of the least possible.
No assignment that keeps the rules of this run can cost less than USD 20.78; this one is within USD
0.02 (0.096 %) of that.

Plan mix    SIMs today  Recommended  Change  Cost, USD
Tracker 5            2            3      +1       9.00
Tracker 20           2            1      -1       5.20
P5                   1            2      +1       6.60
=Old <b>             1            0      -1       0.00

Strategies            Cost, USD      Gap  SIMs changed    Time
* Certified solver        20.80  0.096 %             3  0.01 s
  Today's plans kept      38.70     86 %             0  0.00 s
Lower bound: USD 20.78

Pools  SIMs  Allowance    Used  Cost, USD  1 MB more is worth
P5        2     100 MB  90.0 %       0.00                0.00

Left out of the bill: 1 status not billable, 1 usage unknown, 1 quarantined.
In the bill, not to be moved: 1 locked.

1 SIM is moved although its own line gets dearer, by USD 0.30 in all: for a shared pool or for a
limit on a plan. Each such line says which.
Warning: 1 row of the input could not be read and is in no figure.
Plan X was set aside.
`);
  });

  it("colours only through the function it is given", () => {
    const escape = "\u001b[";
    expect(textOf(smallRun())).not.toContain(escape);
    const text = textOf(smallRun(), coloured);
    expect(text).toContain(escape);
    // oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
    expect(text.replace(/\u001b\[\d+m/g, "")).toBe(textOf(smallRun()));
  });

  it("lets no name steer the terminal", () => {
    const code = "Evil\u001b[2J\u001b]0;x\u0007\u202e\r\n plan";
    const text = textOf(
      buildRun({
        plans: [{ code, cost: "1", type: "pooled" }],
        sims: [{ plan: code, usageMb: "1" }],
        bound: 1,
      }),
    );
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it("says without a certificate that nothing is proven, and shows no gaps", () => {
    const text = textOf(
      buildRun({
        plans: [{ code: "A", cost: "1" }],
        sims: [{ plan: "A", usageMb: "0" }],
        winner: "no_grouping_largest_first",
      }),
    );
    expect(text).toContain("Not certified.");
    expect(text).not.toContain("Lower bound");
    expect(text).not.toContain("Gap");
  });
});
