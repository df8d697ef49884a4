import type { Command } from "commander";
import { PoolwiseError } from "../../billing/errors.ts";
import type { CliContext } from "./context.ts";
import type { DeviceFilter } from "./devices/read-devices.ts";
import { listDevices, readDeviceHistory } from "./devices/read-devices.ts";
import { accountId, wholeNumber } from "./option-types.ts";
import type { InStore } from "./store/in-store.ts";
import { inStore } from "./store/in-store.ts";
import { table } from "./terminal/table.ts";

interface ListOptions {
  readonly account?: number;
  readonly plan?: string;
  readonly status?: string;
  readonly vanished?: true;
  readonly limit: number;
  readonly after?: string;
  readonly json?: true;
}

interface ShowOptions {
  readonly account?: number;
  readonly json?: true;
}

const MOST = 100_000;

export function register(program: Command, context: CliContext): void {
  const devices = program
    .command("devices")
    .description("The inventory of SIMs as the last syncs left it.")
    .addHelpText("after", "\nExample:\n  poolwise devices list --account 1\n");
  devices
    .command("list")
    .description("Lists SIMs by account and ICCID.")
    .option("--account <id>", "only this carrier account", accountId)
    .option("--plan <name>", "only those on this rate plan")
    .option("--status <status>", "only those with this status")
    .option("--vanished", "only those that the carrier no longer lists")
    .option("--limit <number>", "how many at most", wholeNumber, 50)
    .option("--after <iccid>", "go on after this SIM, with --account")
    .option("--json", "print them as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise devices list --account 1 --plan M2M-5 --limit 20\n")
    .action(async (options: ListOptions) =>
      inStore(program, context, (store) => list(store, options, context)),
    );
  devices
    .command("show")
    .argument("<iccid>", "the SIM")
    .description("Shows a SIM with its usage and what sessions said about it.")
    .option("--account <id>", "where several accounts know the ICCID", accountId)
    .option("--json", "print it as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise devices show 8901260852360000017\n")
    .action(async (iccid: string, options: ShowOptions) =>
      inStore(program, context, (store) => show(store, iccid, options, context)),
    );
}

async function list({ db }: InStore, options: ListOptions, context: CliContext): Promise<void> {
  const { limit, account, plan, status, vanished, after } = options;
  if (limit < 1 || limit > MOST)
    throw new PoolwiseError("option-invalid", `--limit is ${limit}; expected 1 to ${MOST}.`);
  if (after !== undefined && account === undefined)
    throw new PoolwiseError("option-invalid", "--after needs --account.");
  const filter: DeviceFilter = { limit, account, plan, status, after, vanished: vanished === true };
  const { devices, next } = await listDevices(db, filter);
  if (options.json) return context.print(JSON.stringify({ devices, next }));
  if (devices.length === 0) return context.print("There are no such SIMs.");
  const columns = [
    { title: "ICCID" },
    { title: "account", align: "right" as const },
    { title: "rate plan" },
    { title: "communication plan" },
    { title: "status" },
    { title: "usage MB", align: "right" as const },
  ];
  const rows = devices.map((device) => [
    device.iccid,
    String(device.account),
    device.rate_plan ?? "",
    device.communication_plan ?? "",
    device.status ?? "",
    device.usage_mb ?? "unknown",
  ]);
  context.print(table(columns, rows, context.colour));
  if (next !== null)
    context.note(account === undefined ? "There are more." : `There are more: --after ${next}`);
}

async function show(
  { db }: InStore,
  iccid: string,
  options: ShowOptions,
  context: CliContext,
): Promise<void> {
  const found = await readDeviceHistory(db, iccid, options.account);
  if (found === undefined) {
    const shown = JSON.stringify(iccid.slice(0, 40));
    throw new PoolwiseError(
      "option-invalid",
      `There is no SIM ${shown} in the inventory. Use poolwise devices list.`,
    );
  }
  if (options.json) return context.print(JSON.stringify(found));
  const { sessions, ...device } = found;
  const fields = Object.entries(device).filter(([, value]) => value !== null);
  const rows = fields.map(([name, value]) => [
    name,
    value instanceof Date ? value.toISOString() : String(value),
  ]);
  context.print(table([{ title: "" }, { title: "" }], rows, context.colour).trimStart());
  if (sessions.length === 0) return;
  const columns = ["session", "plan", "recommended", "cost", "recommended cost", "reason"].map((title) => ({
    title,
  }));
  const lines = sessions.map((session) => [
    session.session,
    session.current_plan ?? "",
    session.recommended_plan ?? "",
    session.current_cost ?? "",
    session.recommended_cost ?? "",
    session.reason ?? session.excluded ?? "",
  ]);
  context.print(`\n${table(columns, lines, context.colour)}`);
}
