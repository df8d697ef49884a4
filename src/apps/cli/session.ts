import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { cancelSession } from "../../pipeline/session/cancel-session.ts";
import { listSessions } from "../../pipeline/session/list-sessions.ts";
import { sessionView } from "../../pipeline/session/session-view.ts";
import type { SessionStatus } from "../../pipeline/context.ts";
import { actorOf } from "./actor.ts";
import type { CliContext, RunCommand } from "./context.ts";
import { accountId, amount, wholeNumber } from "./option-types.ts";
import { followSession } from "./session/follow-session.ts";
import { sessionsTable } from "./session/session-list.ts";
import type { ReportOptions } from "./session/report-session.ts";
import { reportSession } from "./session/report-session.ts";
import { sessionText } from "./session/session-text.ts";
import type { StartOptions } from "./session/start-session.ts";
import { start } from "./session/start-session.ts";
import type { InStore } from "./store/in-store.ts";
import { inStore } from "./store/in-store.ts";

interface Json {
  readonly json?: true;
}

interface ListOptions extends Json {
  readonly account?: number;
  readonly status?: SessionStatus;
  readonly limit: number;
}

export function register(program: Command, context: CliContext, runCommand: RunCommand): void {
  const session = program
    .command("session")
    .description("Sessions: the fleet of an account read, optimised and reported.")
    .addHelpText("after", "\nExample:\n  poolwise session start --account 1 --any-time --wait\n");
  session
    .command("start")
    .description("Starts a session for the billing cycle of today.")
    .requiredOption("--account <id>", "the carrier account", accountId)
    .option("--any-time", "outside the last days of the billing cycle too; it is recorded who asked")
    .option("--wait", "follow it to its end")
    .option(
      "--switch-cost <amount>",
      "what changing a SIM's plan costs, by which a change must pay",
      amount,
      "0",
    )
    .option("--min-saving <amount>", "what a change must save at least", amount, "0")
    .option("--max-changes <number>", "how many SIMs may change plan at most", wholeNumber)
    .option("--json", 'print {"id": …}, with --wait what session show --json prints')
    .addHelpText("after", START_HELP)
    .action(async (options: StartOptions) =>
      inStore(program, context, (store) => start(store, options, context, runCommand)),
    );
  session
    .command("list")
    .description("Lists sessions, the newest first.")
    .option("--account <id>", "only those of this carrier account", accountId)
    .option("--status <status>", `only those that are ${STATUSES.join(", ")}`, status)
    .option("--limit <number>", "how many at most", wholeNumber, 50)
    .option("--json", "print them as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise session list --status failed\n")
    .action(async (options: ListOptions) =>
      inStore(program, context, (store) => list(store, options, context)),
    );
  session
    .command("show")
    .argument("<id>", ID)
    .description("Shows how a session stands, and what it came to.")
    .option("--json", "print it as one JSON document")
    .addHelpText("after", `\nExample:\n  poolwise session show ${EXAMPLE_ID} --json\n`)
    .action(async (id: string, options: Json) =>
      inStore(program, context, async (store) => {
        const view = await sessionView(store, id);
        context.print(options.json ? JSON.stringify(view) : sessionText(view, context.colour));
      }),
    );
  session
    .command("watch")
    .argument("<id>", ID)
    .description("Follows a session to its end.")
    .option("--json", "print what session show --json prints, at the end")
    .addHelpText("after", `${FOLLOW_HELP}\nExample:\n  poolwise session watch ${EXAMPLE_ID}\n`)
    .action(async (id: string, options: Json) =>
      inStore(program, context, (store) => followSession(store, id, options, context, runCommand)),
    );
  session
    .command("cancel")
    .argument("<id>", ID)
    .description("Ends a session that has not ended; the inventory it has read stays.")
    .option("--json", "print what was done as one JSON document")
    .addHelpText("after", `\nExample:\n  poolwise session cancel ${EXAMPLE_ID}\n`)
    .action(async (id: string, options: Json) =>
      inStore(program, context, (store) => cancel(store, id, options, context)),
    );
  session
    .command("report")
    .argument("<id>", ID)
    .description("Writes the reports of a completed session, and the files it worked on.")
    .requiredOption("--out <folder>", "where to; made where it is missing")
    .option("--json", "print what was written as one JSON document")
    .addHelpText("after", REPORT_HELP)
    .action(async (id: string, options: ReportOptions) =>
      inStore(program, context, (store) => reportSession(store, id, options, context)),
    );
}

const ID = "its id, or the beginning of it: four characters or more";
const EXAMPLE_ID = "6f1c9a52";
const STATUSES = ["pending", "running", "completed", "failed", "cancelled"];

const FOLLOW_HELP = `
Ctrl-C stops following, not the session. On the embedded database with no poolwise serve or worker running, the command
works on the session itself while it follows; interrupted, the session waits until something works on it again.

Exit status: 0 COMPLETED, 1 anything else.
`;

const START_HELP = `
Sessions start in the last OPTIMIZATION_WINDOW_DAYS of the account's billing cycle; --any-time starts one now. One runs at
a time for an account and cycle: a second is refused with the id of the first, or takes its place on the last day.
${FOLLOW_HELP}
Example:
  poolwise session start --account 1 --any-time --wait
`;

const REPORT_HELP = `
It writes assignments.csv, summary.json, certificate.json, report.xlsx and report.html as poolwise optimize does, and the
devices, plans, eligibility, pools and taxes that the session worked on into inputs/, for poolwise verify.

Example:
  poolwise session report ${EXAMPLE_ID} --out march
`;

async function list({ db }: InStore, options: ListOptions, context: CliContext): Promise<void> {
  const { account, status: only, limit } = options;
  const found = await listSessions(
    { db },
    {
      limit: Math.min(limit, MOST) + 1,
      ...(account !== undefined && { accountId: account }),
      ...(only !== undefined && { status: only }),
    },
  );
  const sessions = found.slice(0, Math.min(limit, MOST));
  if (options.json) return context.print(JSON.stringify({ sessions, more: found.length > sessions.length }));
  if (sessions.length === 0)
    return context.print("There are no such sessions. Start one: poolwise session start --help");
  context.print(sessionsTable(sessions, context.colour));
  if (found.length > sessions.length) context.note(`There are more: --limit ${limit * 2}`);
}

const MOST = 10_000;

async function cancel(store: InStore, id: string, options: Json, context: CliContext): Promise<void> {
  const session = await sessionView(store, id);
  await cancelSession(await store.pipeline(), session.id, { actor: actorOf() });
  if (options.json) return context.print(JSON.stringify({ id: session.id, status: "CANCELLED" }));
  context.print(`Session ${session.id} is cancelled.`);
}

function status(text: string): SessionStatus {
  if (STATUSES.includes(text.toLowerCase())) return text.toUpperCase() as SessionStatus;
  throw new InvalidArgumentError(`One of ${STATUSES.join(", ")} was expected.`);
}
