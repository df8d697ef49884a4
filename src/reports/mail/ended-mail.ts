import { lastDayText } from "../titles.ts";
import type { MailContent } from "./mail-content.ts";
import type { MailedSession, SessionEnding } from "./mailed-session.ts";
import { plainName } from "./plain-name.ts";

type Said = Pick<MailContent, "subject" | "preview" | "headline" | "lead" | "blocks">;

const LONGEST_REASON = 2_000;

const WHEN: Readonly<Record<string, string>> = {
  start: "before it read anything",
  sync: "while it read the fleet from the carrier",
  prepare: "while it prepared the fleet and its rate plans",
  optimize: "while it looked for the cheapest plans",
  finish: "while it wrote the reports",
};

/** What went wrong and what to do about it. */
export function failedMail(
  { id, account, period }: MailedSession,
  { title, reason, stage }: Extract<SessionEnding, { kind: "failed" }>,
): Said {
  const name = plainName(account.name);
  const what = plainName(reason, LONGEST_REASON);
  return {
    subject: `${name}: the session failed, nothing was optimised in the cycle to ${lastDayText(period)}`,
    preview: what,
    headline: "The session failed",
    lead: `It ended ${WHEN[stage] ?? "before it was done"}. There is no recommendation, and every SIM stays on the plan it has.`,
    blocks: [
      { kind: "box", tone: "warning", title, text: what },
      {
        kind: "list",
        title: "What to do",
        items: [
          "Mend what is named above.",
          `Then start again; the billing cycle ends on ${lastDayText(period)}.`,
        ],
      },
      { kind: "command", text: "Start again:", command: `poolwise session start --account ${account.id}` },
      { kind: "command", text: "All that is known of this session:", command: `poolwise session show ${id}` },
      {
        kind: "command",
        text: "Whether settings, database, queue and carrier are in order:",
        command: "poolwise doctor",
      },
    ],
  };
}

/** A few words: somebody wanted it so, or a later session took its place. */
export function cancelledMail(
  { account, period }: MailedSession,
  { reason, isSuperseded }: Extract<SessionEnding, { kind: "cancelled" }>,
): Said {
  const name = plainName(account.name);
  const what = plainName(reason, LONGEST_REASON);
  const next = isSuperseded ? "The session that took its place is told of when it ends. " : "";
  return {
    subject: `${name}: the session was ${isSuperseded ? "superseded" : "cancelled"} in the cycle to ${lastDayText(period)}`,
    preview: what,
    headline: isSuperseded ? "A later session took its place" : "The session was cancelled",
    lead: what,
    blocks: [
      {
        kind: "box",
        tone: "plain",
        title: "Nothing to do",
        text: `${next}There is no recommendation from this one, and every SIM stays on the plan it has.`,
      },
    ],
  };
}
