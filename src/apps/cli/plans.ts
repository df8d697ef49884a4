import type { Command } from "commander";
import { readAccount } from "../../pipeline/account.ts";
import { importTariff } from "../../pipeline/tariff/import-tariff.ts";
import type { CliContext } from "./context.ts";
import { accountId } from "./option-types.ts";
import { readAccountPlans } from "./plans/account-plans.ts";
import { planColumns, planRow, planView } from "./plans/plan-view.ts";
import type { InStore } from "./store/in-store.ts";
import { inStore } from "./store/in-store.ts";
import { inputSource, onePipe } from "./input-source.ts";
import { table } from "./terminal/table.ts";

interface Options {
  readonly account: number;
  readonly json?: true;
}

interface ImportOptions extends Options {
  readonly plans: string;
  readonly pools?: string;
  readonly taxes?: string;
}

export function register(program: Command, context: CliContext): void {
  const plans = program
    .command("plans")
    .description("Rate plans of a carrier account.")
    .addHelpText("after", "\nExample:\n  poolwise plans list --account 1\n");
  plans
    .command("import")
    .description("Replaces the rate plans of an account by those of a file.")
    .requiredOption("--account <id>", "the carrier account", accountId)
    .requiredOption("--plans <file>", "the rate plans; - is standard input")
    .option("--pools <file>", "pools with an allowance of their own")
    .option("--taxes <file>", "tax rates by location")
    .option("--json", "print what was imported as one JSON document")
    .addHelpText("after", IMPORT_HELP)
    .action(async (options: ImportOptions) =>
      inStore(program, context, (store) => load(store, options, context)),
    );
  plans
    .command("list")
    .description("Lists the rate plans of an account as they stand.")
    .requiredOption("--account <id>", "the carrier account", accountId)
    .option("--json", "print them as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise plans list --account 1\n")
    .action(async (options: Options) => inStore(program, context, (store) => list(store, options, context)));
  plans
    .command("validate")
    .description("Says which rate plans of an account could not be priced.")
    .requiredOption("--account <id>", "the carrier account", accountId)
    .option("--json", "print the answer as one JSON document")
    .addHelpText("after", VALIDATE_HELP)
    .action(async (options: Options) =>
      inStore(program, context, (store) => validate(store, options, context)),
    );
}

const IMPORT_HELP = `
Files are those of poolwise optimize: CSV, .gz, .xlsx or .parquet. Pools and taxes stay as they were unless their file
is given. Sessions keep the prices they were computed with. Invalid plans are imported, and named.

Example:
  poolwise plans import --account 1 --plans plans.csv --pools pools.csv
`;

const VALIDATE_HELP = `
Exit status: 0 all can be priced, 1 some cannot.

Example:
  poolwise plans validate --account 1
`;

async function load({ db }: InStore, options: ImportOptions, context: CliContext): Promise<void> {
  const { plans, pools, taxes } = options;
  onePipe({ plans, pools, taxes });
  const account = await readAccount(db, options.account);
  const source = (path: string | undefined) => (path === undefined ? undefined : inputSource(path, context));
  const imported = await importTariff(db, account, {
    plans: inputSource(plans, context),
    pools: source(pools),
    taxes: source(taxes),
  });
  const invalid = imported.invalid.map(({ code, line, reason }) => ({ plan: code, line, reason }));
  if (options.json) {
    const { pools: poolCount = null, taxes: taxCount = null } = imported;
    return context.print(
      JSON.stringify({
        account: account.accountId,
        plans: imported.plans,
        pools: poolCount,
        taxes: taxCount,
        invalid,
      }),
    );
  }
  const counts = [
    counted(imported.plans, "rate plan"),
    ...(imported.pools === undefined ? [] : [counted(imported.pools, "pool")]),
    ...(imported.taxes === undefined ? [] : [counted(imported.taxes, "tax rate")]),
  ];
  context.print(`Imported for ${account.name}: ${counts.join(", ")}.`);
  for (const { plan, line, reason } of invalid)
    context.warn(`line ${line}: plan ${plan} is invalid: ${reason}.`);
}

async function list({ db }: InStore, options: Options, context: CliContext): Promise<void> {
  const account = await readAccount(db, options.account);
  const { plans } = await readAccountPlans(db, account);
  if (options.json)
    return context.print(JSON.stringify({ account: account.accountId, plans: plans.map(planView) }));
  if (plans.length === 0)
    return context.print(`${account.name} has no rate plans. Import them: poolwise plans import --help`);
  context.print(table(planColumns(account.currency), plans.map(planRow), context.colour));
}

async function validate({ db }: InStore, options: Options, context: CliContext): Promise<void> {
  const account = await readAccount(db, options.account);
  const { plans } = await readAccountPlans(db, account);
  const invalid = plans.flatMap(({ plan, invalid: reason }) =>
    reason === undefined ? [] : [{ plan: plan.code, reason }],
  );
  const valid = invalid.length === 0 && plans.length > 0;
  if (!valid) context.setExitStatus(1);
  if (options.json) {
    return context.print(JSON.stringify({ account: account.accountId, valid, plans: plans.length, invalid }));
  }
  if (plans.length === 0) return context.print(`${account.name} has no rate plans.`);
  if (valid) return context.print(`All ${plans.length} rate plans of ${account.name} can be priced.`);
  context.print(`${invalid.length} of ${plans.length} rate plans of ${account.name} cannot be priced:`);
  for (const { plan, reason } of invalid) context.print(`  ${plan}: ${reason}`);
}

function counted(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
