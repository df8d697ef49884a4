import type { Command } from "commander";
import { sendNotificationAgain } from "../../adapters/store/notifications.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { actorOf } from "./actor.ts";
import type { CliContext } from "./context.ts";
import type { InStore } from "./store/in-store.ts";
import { inStore } from "./store/in-store.ts";
import { table } from "./terminal/table.ts";

interface Json {
  readonly json?: true;
}

interface ListedNotification {
  readonly id: string;
  readonly session: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly status: string;
  readonly attempts: number;
  readonly error: string | null;
  readonly created_at: Date;
  readonly next_attempt_at: Date | null;
  readonly sent_at: Date | null;
}

const EXAMPLE_ID = "6f1c9a52-8d51-4c39-9c0e-0a3f6f0f4b7d";

export function register(program: Command, context: CliContext): void {
  const notifications = program
    .command("notifications")
    .description("Mails and webhook calls: which did not get through, and sending one again.")
    .addHelpText("after", "\nExample:\n  poolwise notifications list\n");
  notifications
    .command("list")
    .description("Lists those that wait, failed or may not have got through, the newest first.")
    .option("--all", "with those that were sent or that nobody wanted")
    .option("--json", "print them as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise notifications list --all\n")
    .action(async (options: Json & { all?: true }) =>
      inStore(program, context, (store) => list(store, options, context)),
    );
  notifications
    .command("send")
    .argument("<id>", "the notification")
    .description("Has one sent that failed, or that may not have got through.")
    .option("--json", "print what was done as one JSON document")
    .addHelpText("after", SEND_HELP)
    .action(async (id: string, options: Json) =>
      inStore(program, context, (store) => sendAgain(store, id, options, context)),
    );
}

const SEND_HELP = `
A mail whose sender died while the mail server was taking it is never sent again by itself, as it would come twice if
it had been taken. Ask its recipients first. The next worker sends it.

Example:
  poolwise notifications send ${EXAMPLE_ID}
`;

async function list({ db }: InStore, options: Json & { all?: true }, context: CliContext): Promise<void> {
  const { rows } = await db.query<ListedNotification>(
    `SELECT notification_id AS id, session_id AS session, channel, kind, lower(status) AS status, attempts,
       last_error AS error, created_at, CASE WHEN status = 'PENDING' THEN next_attempt_at END AS next_attempt_at, sent_at
     FROM notifications WHERE $1 OR status NOT IN ('SENT', 'SKIPPED')
     ORDER BY created_at DESC, notification_id LIMIT 1000`,
    [options.all === true],
  );
  if (options.json) return context.print(JSON.stringify({ notifications: rows }));
  if (rows.length === 0) return context.print("Nothing waits to be sent, and nothing failed.");
  const columns = ["id", "decided", "channel", "what", "status", "why"].map((title) => ({ title }));
  const lines = rows.map((each) => [
    each.id,
    each.created_at.toISOString(),
    each.channel,
    each.kind,
    each.status,
    (each.error ?? "").slice(0, 100),
  ]);
  context.print(table(columns, lines, context.colour));
}

async function sendAgain({ db }: InStore, id: string, options: Json, context: CliContext): Promise<void> {
  if (!(await sendNotificationAgain(db, id, actorOf()))) {
    throw new PoolwiseError(
      "option-invalid",
      `There is no notification ${JSON.stringify(id.slice(0, 80))} that failed: list them with poolwise notifications list.`,
    );
  }
  context.print(
    options.json
      ? JSON.stringify({ id, outcome: "pending" })
      : `Notification ${id} is sent by the next worker that runs (poolwise serve or worker).`,
  );
}
