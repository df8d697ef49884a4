import { parseScaled } from "../../../billing/decimal.ts";
import type { SessionListing } from "../../../pipeline/context.ts";
import { count, roundedMoney } from "../../../reports/number-text.ts";
import type { Colour } from "../terminal/colour.ts";
import { table } from "../terminal/table.ts";

const RIGHT = { align: "right" } as const;

export function sessionsTable(sessions: readonly SessionListing[], colour: Colour): string {
  const columns = [
    { title: "session" },
    { title: "status" },
    { title: "account", ...RIGHT },
    { title: "" },
    { title: "billing cycle" },
    { title: "SIMs", ...RIGHT },
    { title: "saves", ...RIGHT },
    { title: "started, UTC" },
  ];
  const rows = sessions.map(
    ({ id, status, stage, account, period, devices, savings, currency, created_at }) => [
      id,
      status === "RUNNING" ? `RUNNING, ${stage}` : status,
      String(account.id),
      account.name,
      `${period.start} to ${period.end}`,
      devices === null ? "" : count(devices),
      savings === null ? "" : `${currency ?? ""} ${moneyText(savings)}`,
      created_at.slice(0, 16).replace("T", " "),
    ],
  );
  return table(columns, rows, colour);
}

/** A decimal amount for people. */
export function moneyText(amount: string): string {
  const micros = parseScaled(amount.replace("-", ""), 6);
  if (typeof micros !== "bigint") return amount;
  return roundedMoney(Number(micros) * (amount.startsWith("-") ? -1 : 1));
}
