import { certificateStatement } from "../certificate-statement.ts";
import { count, roundedMoney, roundedPercent, sims } from "../number-text.ts";
import { lastDayText } from "../titles.ts";
import type { Bar, Block, MailContent } from "./mail-content.ts";
import type { MailedSession, MailedSummary, SessionEnding } from "./mailed-session.ts";
import { plainName } from "./plain-name.ts";

type Completed = Extract<SessionEnding, { kind: "completed" }>;
type Said = Pick<MailContent, "subject" | "preview" | "headline" | "lead" | "blocks">;

const PLANS_SHOWN = 8;
const REASONS_SHOWN = 8;
const NOTES_SHOWN = 12;

/** What a completed session came to: the figures that a reader decides on, and where the rest is. */
export function completedMail(session: MailedSession, ending: Completed): Said {
  const { summary } = ending;
  const account = plainName(session.account.name);
  const until = `in the cycle to ${lastDayText(session.period)}`;
  return {
    subject: `${account}: ${shortHeadline(summary)} ${until}`,
    preview: lead(summary),
    headline: headline(summary),
    lead: lead(summary),
    blocks: [
      ...warnings(summary),
      costBars(ending),
      proof(ending),
      ...planMix(summary),
      ...leftOut(summary),
      ...notes(summary),
      ...files(session, ending),
    ],
  };
}

const money = ({ currency }: MailedSummary, micros: number): string => `${currency} ${roundedMoney(micros)}`;

const share = ({ savings, baseline_cost: baseline }: MailedSummary): string =>
  baseline === 0 ? "" : ` (${roundedPercent(savings / baseline)})`;

function shortHeadline(summary: MailedSummary): string {
  const { savings } = summary;
  if (savings > 0) return `${money(summary, savings)}${share(summary)} to save`;
  return savings === 0 ? "nothing to save" : `${money(summary, -savings)} more, to keep the limits,`;
}

function headline(summary: MailedSummary): string {
  const { savings } = summary;
  if (savings > 0) return `${money(summary, savings)} to save`;
  return savings === 0
    ? "Nothing to save this billing cycle"
    : `${money(summary, -savings)} more, to keep the limits`;
}

function lead(summary: MailedSummary): string {
  const { savings, changes, optimized_devices: billed, baseline_cost: baseline } = summary;
  const fleet = `${sims(billed)} in the bill`;
  if (changes === 0) return `No SIM has to change plan. ${fleet} cost ${money(summary, baseline)}.`;
  const moves = `${count(changes)} of ${fleet} would change plan`;
  return savings > 0 && baseline > 0
    ? `That is ${roundedPercent(savings / baseline)} of what the fleet costs today. ${moves}.`
    : `${moves}.`;
}

function warnings({ quarantined }: MailedSummary): Block[] {
  if (quarantined === 0) return [];
  const rows = quarantined === 1 ? "1 row" : `${count(quarantined)} rows`;
  const text = `${rows} of the carrier could not be read and ${quarantined === 1 ? "is" : "are"} in none of these figures. The workbook lists what is wrong with each.`;
  return [{ kind: "box", tone: "warning", title: "Not the whole fleet", text }];
}

function costBars({ summary, countsChanges }: Completed): Block {
  const { baseline_cost: baseline, optimized_cost: optimized, lower_bound: bound } = summary;
  const longest = Math.max(baseline, optimized, bound ?? 0, 1);
  const bar = (label: string, micros: number, tone: Bar["tone"]): Bar => ({
    label,
    amount: money(summary, micros),
    share: micros / longest,
    tone,
  });
  const down = (micros: number): number => Math.floor(micros / 10_000) * 10_000;
  const limit = countsChanges ? "Proven limit, changes counted" : "Cannot cost less than";
  return {
    kind: "bars",
    title: "Cost of the billing cycle",
    bars: [
      bar("Today's plans", baseline, "today"),
      bar("Recommended plans", optimized, "recommended"),
      ...(bound === null ? [] : [bar(limit, down(bound), "bound")]),
    ],
  };
}

function proof({ summary, countsChanges }: Completed): Block {
  const { headline: title, text } = certificateStatement(
    {
      currency: summary.currency,
      optimized: summary.optimized_cost,
      penalty: summary.change_penalty,
      bound: summary.lower_bound ?? undefined,
      gap: summary.gap ?? undefined,
      countsChanges,
    },
    summary.certificate ?? undefined,
  );
  return { kind: "box", tone: summary.lower_bound === null ? "plain" : "good", title, text };
}

function planMix({ plans }: MailedSummary): Block[] {
  const used = plans
    .filter(({ before, after }) => before + after > 0)
    .toSorted((a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after));
  if (used.length === 0) return [];
  const shown = used.slice(0, used.length > PLANS_SHOWN ? PLANS_SHOWN - 1 : PLANS_SHOWN);
  const rest = used.slice(shown.length);
  const sum = (side: "before" | "after"): number => rest.reduce((total, plan) => total + plan[side], 0);
  const row = (name: string, before: number, after: number): string[] => [
    name,
    count(before),
    count(after),
    after > before ? `+${count(after - before)}` : count(after - before),
  ];
  return [
    {
      kind: "table",
      title: "SIMs by rate plan",
      columns: [
        { title: "Plan" },
        { title: "Today", right: true },
        { title: "New", right: true },
        { title: "Change", right: true },
      ],
      rows: [
        ...shown.map(({ plan, before, after }) => row(plainName(plan), before, after)),
        ...(rest.length === 0 ? [] : [row(`${count(rest.length)} more plans`, sum("before"), sum("after"))]),
      ],
    },
  ];
}

function leftOut({ excluded, not_movable: held }: MailedSummary): Block[] {
  return [
    ...reasons("Left out of the bill, and why", excluded),
    ...reasons("In the bill, but kept on their plans", held),
  ];
}

function reasons(title: string, byReason: Readonly<Record<string, number>>): Block[] {
  const found = Object.entries(byReason).toSorted(([, a], [, b]) => b - a);
  if (found.length === 0) return [];
  const shown = found.slice(0, REASONS_SHOWN);
  const rest = found.slice(shown.length);
  const rows = shown.map(([reason, devices]) => [plainName(reason), count(devices)]);
  if (rest.length > 0)
    rows.push(["other reasons", count(rest.reduce((total, [, devices]) => total + devices, 0))]);
  return [{ kind: "table", title, columns: [{ title: "Reason" }, { title: "SIMs", right: true }], rows }];
}

const BASIS =
  "Priced on the usage that the carrier had for this cycle when the fleet was read; what the rest of the cycle brings is not forecast.";

function notes({ notes: said }: MailedSummary): Block[] {
  const all = [BASIS, ...said];
  const shown = all.slice(0, NOTES_SHOWN).map((note) => plainName(note, 600));
  const more = all.length - shown.length;
  const items = more === 0 ? shown : [...shown, `${count(more)} more notes are in summary.json.`];
  return [{ kind: "list", title: "To know", items }];
}

const MEBIBYTE = 1_048_576;

const sizeText = (bytes: number): string =>
  bytes < MEBIBYTE ? `${Math.max(1, Math.round(bytes / 1_024))} KB` : `${(bytes / MEBIBYTE).toFixed(1)} MB`;

function files(session: MailedSession, { attached, links, linkDays }: Completed): Block[] {
  const blocks: Block[] = [];
  const held =
    attached.length === 0 ? "" : `Every SIM with its reason is in ${attached.join(" and ")}, attached. `;
  if (links.length > 0) {
    blocks.push({
      kind: "links",
      title: "Reports",
      text: `${held}These links work for ${linkDays} days, for whoever has them.`,
      links: links.map(({ name, url, sizeBytes }) => ({ label: `${name} (${sizeText(sizeBytes)})`, url })),
    });
  } else if (attached.length > 0) {
    blocks.push({
      kind: "list",
      title: "Reports",
      items: [held.trim()],
    });
  }
  blocks.push({
    kind: "command",
    text:
      attached.length + links.length === 0
        ? "The workbook with every SIM and its reason, the page, and the proof:"
        : "All reports with the proof, and what they were made from:",
    command: `poolwise session report ${session.id} --out DIR`,
  });
  return blocks;
}
