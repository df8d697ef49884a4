import { expect, test } from "vitest";
import type { MailedSession, SessionEnding } from "./mailed-session.ts";
import { mailedSummary } from "./mailed-session.ts";
import { sessionMail } from "./session-mail.ts";

const SUMMARY = mailedSummary.parse({
  devices: 10_000,
  optimized_devices: 9_828,
  excluded: { "status not billable": 151, "usage unknown": 21 },
  not_movable: { locked: 89 },
  quarantined: 0,
  currency: "USD",
  baseline_cost: "26221.67",
  optimized_cost: "20664.03",
  lower_bound: "20658.733785",
  gap: 0.000256,
  certificate: "gap",
  savings: "5557.64",
  changes: 6_343,
  change_penalty: "0.00",
  plans: [
    { plan: "M2M 1MB", before: 4_244, after: 3_180 },
    { plan: "Unused", before: 0, after: 0 },
    ...Array.from({ length: 10 }, (_, k) => ({ plan: `Plan ${k}`, before: 100 - k, after: 90 })),
  ],
  notes: ["Plan MON-FLEX 10MB is set aside: overage_rate is missing."],
});

type Completed = Extract<SessionEnding, { kind: "completed" }>;

const completed = (changes: Partial<Completed> = {}): Completed => ({
  kind: "completed",
  summary: SUMMARY,
  countsChanges: false,
  attached: [],
  links: [],
  linkDays: 7,
  ...changes,
});

const session = (ending: SessionEnding): MailedSession => ({
  id: "6f1c0b58-5f63-4a70-9d7a-1f1f8a3f1a11",
  account: { id: 1, name: "Fleet" },
  period: { start: "2026-03-01", end: "2026-04-01", days: 31 },
  endedAt: "28 March 2026, 09:12 (America/New_York)",
  ending,
});

/** Text as a reader of the HTML has it. */
const read = (html: string): string =>
  html
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ");

test("both-parts-say-the-figures-the-proof-the-plans-and-what-was-left-out", () => {
  const { subject, html, text } = sessionMail(session(completed()));
  expect(subject).toBe("Fleet: USD 5,557.64 (21.2 %) to save in the cycle to 31 March 2026");
  for (const said of [read(html), text.replace(/\s+/g, " ")]) {
    for (const figure of [
      "USD 5,557.64 to save",
      "That is 21.2 % of what the fleet costs today. 6,343 of 9,828 SIMs in the bill would change plan.",
      "Today's plans USD 26,221.67",
      "Recommended plans USD 20,664.03",
      "Cannot cost less than USD 20,658.73",
      "Proven to within 0.026 % of the least possible",
      "M2M 1MB 4,244 3,180 -1,064",
      "4 more plans",
      "status not billable 151",
      "locked 89",
      "Plan MON-FLEX 10MB is set aside: overage_rate is missing.",
      "poolwise session report 6f1c0b58-5f63-4a70-9d7a-1f1f8a3f1a11 --out DIR",
    ]) {
      expect(said).toContain(figure);
    }
    expect(said).not.toContain("Unused");
  }
});

test("loads-nothing-from-outside-and-runs-nothing", () => {
  const links = [
    { name: "report.html", url: "https://pool.example.com/o?a=1&signature=2", sizeBytes: 2_000 },
  ];
  const { html } = sessionMail(session(completed({ links, attached: ["report.xlsx"] })));
  expect(html).not.toMatch(/<(img|script|link|iframe|form|video|object)\b|url\(|@import| on\w+=/i);
  expect(html.match(/https?:\/\/[^"<]+/g)).toEqual(["https://pool.example.com/o?a=1&amp;signature=2"]);
});

test("a-bound-that-counts-changes-is-not-said-to-be-one-on-cost-alone", () => {
  const { text } = sessionMail(session(completed({ countsChanges: true })));
  expect(text).toContain("Proven limit, changes counted");
  expect(text).toContain("Counting what each change of plan must earn back");
  expect(text).not.toContain("Cannot cost less than");
});

test.each([
  [{ savings: 0, changes: 0 }, "Nothing to save this billing cycle", "nothing to save"],
  [{ savings: -5_000_000 }, "USD 5.00 more, to keep the limits", "USD 5.00 more, to keep the limits,"],
  [{ lower_bound: null, gap: null, certificate: null }, "Not certified", "to save"],
] as const)("says it as it is where %j", (changes, headline, inSubject) => {
  const { subject, text } = sessionMail(session(completed({ summary: { ...SUMMARY, ...changes } })));
  expect(text).toContain(headline);
  expect(subject).toContain(inSubject);
});

test("what-could-not-be-read-stands-before-the-figures", () => {
  const { text } = sessionMail(session(completed({ summary: { ...SUMMARY, quarantined: 3 } })));
  expect(text.indexOf("3 rows of the carrier could not be read")).toBeGreaterThan(0);
  expect(text.indexOf("3 rows of the carrier")).toBeLessThan(text.indexOf("Cost of the billing cycle"));
});

test("a-failure-says-what-happened-and-what-to-do", () => {
  const reason = "Plan A (overage_rate is missing). Correct it and import it again.";
  const ending = { kind: "failed", title: "A rate plan is invalid", reason, stage: "prepare" } as const;
  const { subject, html, text } = sessionMail(session(ending));
  expect(subject).toBe("Fleet: the session failed, nothing was optimised in the cycle to 31 March 2026");
  for (const said of [read(html), text.replace(/\s+/g, " ")]) {
    expect(said).toContain(reason);
    expect(said).toContain("every SIM stays on the plan it has");
    expect(said).toContain("poolwise session start --account 1");
    expect(said).toContain("the billing cycle ends on 31 March 2026");
  }
});

test("a-superseded-session-is-told-of-in-a-few-words", () => {
  const ending = { kind: "cancelled", reason: "Superseded by session 8a1c.", isSuperseded: true } as const;
  const { subject, text } = sessionMail(session(ending));
  expect(subject).toContain("was superseded");
  expect(text).toContain("Superseded by session 8a1c.");
  expect(text.split("\n").length).toBeLessThan(25);
});
