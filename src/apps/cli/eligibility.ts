import type { Command } from "commander";
import { readAccount } from "../../pipeline/account.ts";
import { importEligibility } from "../../pipeline/tariff/import-eligibility.ts";
import type { CliContext } from "./context.ts";
import { accountId } from "./option-types.ts";
import type { InStore } from "./store/in-store.ts";
import { inStore } from "./store/in-store.ts";
import { inputSource } from "./input-source.ts";

interface Options {
  readonly account: number;
  readonly file: string;
  readonly json?: true;
}

export function register(program: Command, context: CliContext): void {
  const eligibility = program
    .command("eligibility")
    .description("Which rate plans each communication plan may carry.")
    .addHelpText("after", "\nExample:\n  poolwise eligibility import --account 1 --file eligibility.csv\n");
  eligibility
    .command("import")
    .description("Replaces the eligibility of an account by that of a file.")
    .requiredOption("--account <id>", "the carrier account", accountId)
    .requiredOption("--file <file>", "communication_plan,plan: one pair a line; - is standard input")
    .option("--json", "print what was imported as one JSON document")
    .addHelpText("after", HELP)
    .action(async (options: Options) => inStore(program, context, (store) => load(store, options, context)));
}

const HELP = `
Import the rate plans first. SIMs whose communication plan is not listed stay where they are, and are reported. Without
any eligibility every SIM may take every available plan.

Example:
  poolwise eligibility import --account 1 --file eligibility.csv
`;

async function load({ db }: InStore, options: Options, context: CliContext): Promise<void> {
  const account = await readAccount(db, options.account);
  const { communicationPlans, pairs } = await importEligibility(
    db,
    account,
    inputSource(options.file, context),
  );
  if (options.json) {
    return context.print(
      JSON.stringify({ account: account.accountId, communication_plans: communicationPlans, pairs }),
    );
  }
  context.print(`Imported for ${account.name}: ${pairs} pairs of ${communicationPlans} communication plans.`);
}
