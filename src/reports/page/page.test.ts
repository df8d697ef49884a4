import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { gatherFigures } from "../figures.ts";
import type { RunSpec } from "../fixtures/build-run.ts";
import { buildRun } from "../fixtures/build-run.ts";
import { SMALL_SPEC, smallRun } from "../fixtures/small-run.ts";
import type { InputRows, ReportedRun, ReportOrigin } from "../reported-run.ts";
import { drawBarChart } from "./bar-chart.ts";
import { pageOf } from "./page.ts";

const VOID = new Set(["meta", "br", "rect"]);

function pageFor(
  { run, rows }: { run: ReportedRun; rows: InputRows },
  origin: Partial<ReportOrigin> = {},
): string {
  return pageOf(run, rows, gatherFigures(run, rows), { inputs: { devices: "ab" }, ...origin });
}

/** Tags that do not match; fails on text that became a tag. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [tag, closing, name = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/gi)) {
    if (VOID.has(name) && closing === "") continue;
    if (VOID.has(name)) continue;
    if (closing === "") open.push(name);
    else if (open.pop() !== name) wrong.push(tag);
  }
  return [...wrong, ...open];
}

const HOSTILE = `"><img src=x onerror=alert(1)></svg></style><script>alert(1)</script>'`;
const HOSTILE_SPEC: RunSpec = {
  plans: [
    { code: HOSTILE, cost: "5", includedMb: "5" },
    { code: `${HOSTILE}2`, type: "pooled", pool: `${HOSTILE}pool`, cost: "1", includedMb: "5" },
  ],
  sims: [
    { iccid: HOSTILE, plan: HOSTILE, usageMb: "3", to: `${HOSTILE}2`, communicationPlan: "a" },
    { plan: HOSTILE, usageMb: "3", communicationPlan: HOSTILE },
  ],
  quarantined: [
    {
      line: 3,
      iccid: HOSTILE,
      ratePlan: HOSTILE,
      usage: HOSTILE,
      column: HOSTILE,
      reason: HOSTILE,
      carried: [],
    },
  ],
  bound: 1_000_000,
};

describe("the page", () => {
  it("is one file: loads nothing, runs nothing, and its policy allows nothing but its own style sheet", () => {
    const page = pageFor(smallRun());
    expect(page).not.toMatch(/<script|<link|<iframe|<object|\son\w+=|\ssrc=|\shref=|url\(|https?:|\sstyle=/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page).toContain(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    expect(page.match(/<style/g)).toHaveLength(1);
  });

  it("escapes every text of the input, in tables and in drawings", () => {
    const page = pageFor(buildRun(HOSTILE_SPEC), {
      subject: HOSTILE,
      notes: [HOSTILE],
      date: HOSTILE,
      inputs: { [HOSTILE]: HOSTILE },
    });
    expect(page).not.toMatch(/<img|<script|alert\(1\)<\/script>/);
    expect(unbalanced(page)).toEqual([]);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    for (const svg of page.matchAll(/<svg[\s\S]*?<\/svg>/g))
      expect(svg[0]).toMatch(/^<svg[^>]*>[\s\S]*<\/svg>$/);
  });

  it("names every drawing and table for readers who cannot see them", () => {
    const page = pageFor(smallRun());
    const drawings = page.match(/<figure>/g)?.length ?? 0;
    expect(drawings).toBeGreaterThanOrEqual(5);
    expect(page.match(/role="img" aria-label="[^"]{20,}"/g)).toHaveLength(drawings);
    const tables = page.match(/<table/g)?.length ?? 0;
    expect(page.match(/<caption>[^<]+/g)).toHaveLength(tables);
    expect(page.match(/<th scope="col"/g)?.length ?? 0).toBeGreaterThan(tables);
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('name="viewport"');
  });

  it("says what is saved, what is proven, what was left out and why", () => {
    const page = pageFor(smallRun());
    for (const text of [
      "USD 17.90 saved per billing cycle",
      "46.3 % of what they cost today. 3 of 6 SIMs in the bill change plan.",
      "No assignment that keeps the rules of this run can cost less than USD 20.78",
      "1 row of the input could not be read",
      "status not billable",
      "usage unknown",
      "line 4, column iccid",
      "Uses 3.1 MB; Tracker 5 covers it for 2.20 less a month",
      "What each strategy leaves on the table",
    ]) {
      expect(page).toContain(text);
    }
  });

  it("holds in every odd case", () => {
    const one: RunSpec["plans"] = [{ code: "A", cost: "1", includedMb: "5" }];
    const sims: RunSpec["sims"] = [{ plan: "A", usageMb: "1" }];
    const { bound: _bound, ...uncertified } = SMALL_SPEC;
    const cases: [RunSpec, string][] = [
      [{ plans: one, sims, bound: 1_000_000 }, "Nothing to save this billing cycle"],
      [{ plans: one, sims, bound: 1_000_000 }, "Proven: nothing cheaper exists"],
      [{ plans: one, sims, bound: 1_000_000 }, "No plan shares an allowance."],
      [{ plans: one, sims: [{ plan: "A", usageMb: "" }], bound: 0 }, "No SIM is in the bill."],
      [{ plans: one, sims: [], bound: 0 }, "Every SIM of the input is in the bill."],
      [uncertified, "Not certified"],
      [
        {
          plans: [
            { ...one[0], code: "A", cost: "1", limits: { max: 0 } },
            { code: "B", cost: "2" },
          ],
          sims: [{ plan: "A", usageMb: "0", to: "B" }],
          currentFeasible: false,
          bound: 2_000_000,
        },
        "USD 1.00 more per billing cycle, to keep the limits",
      ],
      [
        { plans: one, sims, currentFeasible: false, bound: 1_000_000, strategies: [] },
        "Today&#39;s assignment does not keep the limits",
      ],
    ];
    for (const [spec, text] of cases) {
      const page = pageFor(buildRun(spec));
      expect(page).toContain(text);
      expect(page).not.toMatch(/NaN|Infinity|undefined|\[object/);
      expect(unbalanced(page)).toEqual([]);
    }
  });

  it("stays small whatever the size of the fleet", () => {
    const plans = Array.from({ length: 300 }, (_, k) => ({
      code: `Plan ${k}`,
      type: k % 2 === 0 ? ("pooled" as const) : ("individual" as const),
      cost: String(1 + k),
      includedMb: "5",
    }));
    const sims = Array.from({ length: 20_000 }, (_, k) => ({
      plan: `Plan ${k % 300}`,
      usageMb: String(k % 17),
      to: `Plan ${(k * 7) % 300}`,
      communicationPlan: `c${k % 400}`,
    }));
    const quarantined = Array.from({ length: 500 }, (_, k) => ({
      line: k,
      iccid: "x".repeat(5_000),
      ratePlan: "",
      usage: "",
      column: undefined,
      reason: "bad",
      carried: [],
    }));
    const page = pageFor(buildRun({ plans, sims, quarantined, bound: 1 }));
    expect(page.length).toBeLessThan(200_000);
  });
});

describe("bar charts", () => {
  const widths = (svg: string): number[] =>
    [...svg.matchAll(/<path d="M[\d.]+ [\d.]+l([\d.]+) 0l0/g)].map(([, width]) => Number(width));

  it("draws bars from zero in proportion", () => {
    const svg = drawBarChart(
      { categories: ["a", "b"], series: [{ colours: ["today"], values: [100, 25], labels: ["100", "25"] }] },
      { widthPixels: 700, names: "left" },
    );
    const [first = 0, second = 0] = widths(svg);
    expect(first / second).toBeCloseTo(4, 1);
  });

  it("cuts a bar that dwarfs the others and says so", () => {
    const svg = drawBarChart(
      {
        categories: ["a", "b"],
        series: [{ colours: ["today"], values: [100_000, 25], labels: ["100,000", "25"] }],
        cutAt: 50,
      },
      { widthPixels: 700, names: "left" },
    );
    const [first = 0, second = 0] = widths(svg);
    expect(first / second).toBeCloseTo(2, 1);
    expect(svg).toContain("100,000 (bar cut)");
  });

  it("gives the same drawing each time", () => {
    const draw = (): string =>
      drawBarChart(
        { categories: ["ä 😀"], series: [{ colours: ["today"], values: [1], labels: ["1"] }], line: 1 },
        { widthPixels: 328, names: "above" },
      );
    expect(draw()).toBe(draw());
  });
});
