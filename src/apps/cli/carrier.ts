import type { Command } from "commander";
import { readAccount } from "../../pipeline/account.ts";
import { addAccount, removeAccount } from "./carrier/store-account.ts";
import { listAccounts } from "./carrier/list-accounts.ts";
import type { AddOptions } from "./carrier/new-account.ts";
import { newAccount } from "./carrier/new-account.ts";
import { DEFAULT_TENANT, tenantIdOf } from "./carrier/tenant.ts";
import { actorOf } from "./actor.ts";
import type { CliContext } from "./context.ts";
import { accountId, decimal, wholeNumber } from "./option-types.ts";
import type { InStore } from "./store/in-store.ts";
import { inStore } from "./store/in-store.ts";
import { table } from "./terminal/table.ts";

interface Json {
  readonly json?: true;
}

export function register(program: Command, context: CliContext): void {
  const carrier = program
    .command("carrier")
    .description("Carrier accounts: where SIMs are read from.")
    .addHelpText("after", "\nExample:\n  poolwise carrier list\n");
  carrier
    .command("add")
    .description("Adds a carrier account and prints its id.")
    .requiredOption("--name <name>", "what people call it")
    .requiredOption("--kind <kind>", "jasper, thingspace or files")
    .option("--base-url <url>", "address of the carrier's API")
    .option("--username <name>", "the API user")
    .option("--secret-env <variable>", "NAME of the environment variable that holds the key")
    .requiredOption("--time-zone <zone>", "of its billing cycle, such as America/New_York")
    .requiredOption("--cycle-day <day>", "day of the month on which the billing cycle begins", wholeNumber)
    .requiredOption("--currency <code>", "of its prices, such as USD")
    .option("--calls-per-second <number>", "what the carrier allows; 0 for no limit (default: 5)", decimal)
    .option("--concurrency <number>", "calls under way at once (default: 1)", wholeNumber)
    .option(
      "--start-hour <hour>",
      "hour of the day from which sessions may start by themselves",
      wholeNumber,
      0,
    )
    .option("--tenant <name>", "whose account it is", DEFAULT_TENANT)
    .option("--json", 'print {"id": …}')
    .addHelpText("after", ADD_HELP)
    .action(async (options: AddOptions) =>
      inStore(program, context, (store) => add(store, options, context)),
    );
  carrier
    .command("list")
    .description("Lists carrier accounts.")
    .option("--all", "with those that were removed")
    .option("--tenant <name>", "only those of this tenant")
    .option("--json", "print them as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise carrier list --json\n")
    .action(async (options: ListOptions) =>
      inStore(program, context, (store) => list(store, options, context)),
    );
  carrier
    .command("test")
    .argument("<id>", "the account", accountId)
    .description("Makes one call that proves address, credentials and pace.")
    .option("--json", "print the answer as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise carrier test 1\n")
    .action(async (id: number, options: Json) =>
      inStore(program, context, (store) => test(store, id, options, context)),
    );
  carrier
    .command("remove")
    .argument("<id>", "the account", accountId)
    .description("Takes an account out of use for good; the sessions it had stay.")
    .option("--json", "print what became of it as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise carrier remove 1\n")
    .action(async (id: number, options: Json) =>
      inStore(program, context, (store) => remove(store, id, options, context)),
    );
}

const ADD_HELP = `
The key itself is never stored: only the name of the variable, which is looked up in the environment or in .env of
whichever process calls the carrier.

Example:
  poolwise carrier add --name Fleet --kind jasper --base-url https://restapi1.jasper.com --username api-user \\
    --secret-env JASPER_KEY --time-zone America/New_York --cycle-day 1 --currency USD
`;

interface ListOptions extends Json {
  readonly all?: true;
  readonly tenant?: string;
}

async function add({ db, env, settings }: InStore, options: AddOptions, context: CliContext): Promise<void> {
  const account = newAccount(options, settings.JASPER_API_URL);
  const id = await addAccount(db, await tenantIdOf(db, options.tenant), account, actorOf());
  const { secretEnv } = account;
  if (secretEnv !== null && (env[secretEnv] ?? "") === "") {
    context.warn(`${secretEnv} is not set here; the process that calls the carrier needs it.`);
  }
  if (options.json) return context.print(JSON.stringify({ id }));
  context.print(`Carrier account ${id}, ${account.name}.`);
  context.note(`Next: poolwise carrier test ${id}; poolwise plans import --account ${id} --plans FILE`);
}

async function list({ db }: InStore, options: ListOptions, context: CliContext): Promise<void> {
  const tenantId = options.tenant === undefined ? undefined : await tenantIdOf(db, options.tenant);
  const accounts = await listAccounts(db, { all: options.all === true, tenantId });
  if (options.json) return context.print(JSON.stringify({ accounts }));
  if (accounts.length === 0)
    return context.print("There are no carrier accounts. Add one: poolwise carrier add --help");
  const rows = accounts.map((account) => [
    String(account.id),
    account.name + (account.disabled ? " (off)" : ""),
    account.kind,
    account.base_url ?? "",
    `${account.time_zone}, day ${account.cycle_day}`,
    account.currency,
    account.rate_plans.toLocaleString("en-US"),
    account.devices.toLocaleString("en-US"),
    account.last_sync_at?.toISOString() ?? "never",
  ]);
  const right = { align: "right" } as const;
  const columns = [
    { title: "id", ...right },
    { title: "name" },
    { title: "kind" },
    { title: "address" },
    { title: "cycle" },
    { title: "currency" },
    { title: "plans", ...right },
    { title: "SIMs", ...right },
    { title: "last sync" },
  ];
  context.print(table(columns, rows, context.colour));
}

async function test(store: InStore, id: number, options: Json, context: CliContext): Promise<void> {
  const account = await readAccount(store.db, id);
  const { carriers } = await store.pipeline();
  const found = await (await carriers(account)).test({ signal: store.signal });
  const { host, milliseconds, clockAheadMs } = found;
  if (options.json) {
    const clock_ahead_ms = clockAheadMs ?? null;
    return context.print(JSON.stringify({ id, ok: true, host, milliseconds, clock_ahead_ms }));
  }
  const clock = clockAheadMs === undefined ? "" : `, its clock ${clockText(clockAheadMs)}`;
  context.print(`${account.name}: ${host} answered in ${milliseconds} ms and takes the credentials${clock}.`);
}

function clockText(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  if (seconds < 2) return "agrees with ours";
  return `is ${seconds.toLocaleString("en-US")} s ${aheadMs > 0 ? "ahead of" : "behind"} ours`;
}

async function remove({ db }: InStore, id: number, options: Json, context: CliContext): Promise<void> {
  const account = await readAccount(db, id);
  await removeAccount(db, account, actorOf());
  if (options.json) return context.print(JSON.stringify({ id, removed: true }));
  context.print(`Carrier account ${id}, ${account.name}, is out of use. Its sessions stay.`);
}
