import { z } from "zod";
import { parseScaled } from "../../billing/decimal.ts";

const micros = z.string().transform((text, issues) => {
  const value = parseScaled(text, 6);
  if (typeof value === "bigint") return Number(value);
  issues.addIssue({ code: "custom", message: "an amount with up to 6 decimals" });
  return z.NEVER;
});
const devicesByReason = z.record(z.string(), z.number());

/** What a mail reads of `summary.json`. Money in micros. */
export const mailedSummary = z.object({
  devices: z.number(),
  optimized_devices: z.number(),
  excluded: devicesByReason,
  not_movable: devicesByReason,
  quarantined: z.number(),
  currency: z.string(),
  baseline_cost: micros,
  optimized_cost: micros,
  lower_bound: micros.nullable(),
  gap: z.number().nullable(),
  certificate: z.enum(["optimal", "gap", "deadline"]).nullable(),
  savings: micros,
  changes: z.number(),
  change_penalty: micros,
  plans: z.array(z.object({ plan: z.string(), before: z.number(), after: z.number() })),
  notes: z.array(z.string()),
});

export type MailedSummary = z.infer<typeof mailedSummary>;

/** A report that a reader of the mail can get at, with a link that ends. */
export interface MailedLink {
  readonly name: string;
  readonly url: string;
  readonly sizeBytes: number;
}

export type SessionEnding =
  | {
      readonly kind: "completed";
      readonly summary: MailedSummary;
      /** Whether a change must earn something back, so that the bound counts changes too. */
      readonly countsChanges: boolean;
      readonly attached: readonly string[];
      readonly links: readonly MailedLink[];
      readonly linkDays: number;
    }
  | { readonly kind: "failed"; readonly title: string; readonly reason: string; readonly stage: string }
  | { readonly kind: "cancelled"; readonly reason: string; readonly isSuperseded: boolean };

/** A session that has ended, as its mail tells of it. */
export interface MailedSession {
  readonly id: string;
  readonly account: { readonly id: number; readonly name: string };
  readonly period: { readonly start: string; readonly end: string; readonly days: number };
  /** When it ended, for people, in the account's time zone. */
  readonly endedAt: string;
  readonly ending: SessionEnding;
}
