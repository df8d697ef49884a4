import type { Command } from "commander";
import { discardDeadLetter, retryDeadLetter } from "../../adapters/store/dead-letters.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { actorOf } from "./actor.ts";
import type { CliContext } from "./context.ts";
import type { InStore } from "./store/in-store.ts";
import { inStore } from "./store/in-store.ts";
import { table } from "./terminal/table.ts";

interface Json {
  readonly json?: true;
}

interface DeadLetter {
  readonly id: string;
  readonly queue: string;
  readonly session: string | null;
  readonly classification: string;
  readonly reason: string | null;
  readonly status: string;
  readonly receive_count: number;
  readonly sent_at: Date | null;
  readonly recorded_at: Date;
  readonly resolved_at: Date | null;
  readonly resolved_by: string | null;
}

export function register(program: Command, context: CliContext): void {
  const letters = program
    .command("dead-letters")
    .description("Messages that failed for good: look at them, try them again, or close them.")
    .addHelpText("after", "\nExample:\n  poolwise dead-letters list\n");
  letters
    .command("list")
    .description("Lists dead letters, the newest first.")
    .option("--all", "with those that were dealt with")
    .option("--json", "print them as one JSON document")
    .addHelpText("after", "\nExample:\n  poolwise dead-letters list --all\n")
    .action(async (options: Json & { all?: true }) =>
      inStore(program, context, (store) => list(store, options, context)),
    );
  letters
    .command("show")
    .argument("<id>", "the dead letter")
    .description("Shows one with the message itself.")
    .option("--json", "print it as one JSON document")
    .addHelpText("after", `\nExample:\n  poolwise dead-letters show ${EXAMPLE_ID}\n`)
    .action(async (id: string, options: Json) =>
      inStore(program, context, (store) => show(store, id, options, context)),
    );
  letters
    .command("retry")
    .argument("<id>", "the dead letter")
    .description("Puts its message back on its queue, once.")
    .option("--json", "print what was done as one JSON document")
    .addHelpText(
      "after",
      `\nMend the cause first.\n\nExample:\n  poolwise dead-letters retry ${EXAMPLE_ID}\n`,
    )
    .action(async (id: string, options: Json) =>
      inStore(program, context, async (store) => {
        const { queue } = await store.pipeline();
        await retryDeadLetter(store.db, queue, id, actorOf());
        done(id, "retried", options, context);
      }),
    );
  letters
    .command("discard")
    .argument("<id>", "the dead letter")
    .description("Closes one without doing anything.")
    .option("--json", "print what was done as one JSON document")
    .addHelpText("after", `\nExample:\n  poolwise dead-letters discard ${EXAMPLE_ID}\n`)
    .action(async (id: string, options: Json) =>
      inStore(program, context, async (store) => {
        await discardDeadLetter(store.db, id, actorOf());
        done(id, "discarded", options, context);
      }),
    );
}

const EXAMPLE_ID = "6f1c9a52-8d51-4c39-9c0e-0a3f6f0f4b7d";

const COLUMNS = `dead_letter_id AS id, queue, session_id AS session, classification, reason, status, receive_count, sent_at,
  recorded_at, resolved_at, resolved_by`;

async function list({ db }: InStore, options: Json & { all?: true }, context: CliContext): Promise<void> {
  const { rows } = await db.query<DeadLetter>(
    `SELECT ${COLUMNS} FROM dead_letters WHERE $1 OR status = 'NEW' ORDER BY recorded_at DESC, dead_letter_id LIMIT 1000`,
    [options.all === true],
  );
  if (options.json) return context.print(JSON.stringify({ dead_letters: rows }));
  if (rows.length === 0) return context.print("There are no dead letters.");
  const columns = ["id", "recorded", "queue", "what failed", "status", "reason"].map((title) => ({ title }));
  const lines = rows.map((letter) => [
    letter.id,
    letter.recorded_at.toISOString(),
    letter.queue,
    letter.classification,
    letter.status,
    (letter.reason ?? "").slice(0, 80),
  ]);
  context.print(table(columns, lines, context.colour));
}

async function show({ db }: InStore, id: string, options: Json, context: CliContext): Promise<void> {
  const { rows } = await db.query<DeadLetter & { message: unknown }>(
    `SELECT ${COLUMNS}, body AS message FROM dead_letters WHERE dead_letter_id::text = $1`,
    [id],
  );
  const [letter] = rows;
  if (letter === undefined) {
    const shown = JSON.stringify(id.slice(0, 80));
    throw new PoolwiseError(
      "option-invalid",
      `There is no dead letter ${shown}: list them with poolwise dead-letters list.`,
    );
  }
  if (options.json) return context.print(JSON.stringify(letter));
  const fields = Object.entries(letter).filter(([, value]) => value !== null);
  const text = (value: unknown): string =>
    value instanceof Date ? value.toISOString() : typeof value === "string" ? value : JSON.stringify(value);
  context.print(
    table(
      [{ title: "" }, { title: "" }],
      fields.map(([name, value]) => [name, text(value)]),
      context.colour,
    ).trimStart(),
  );
}

function done(id: string, outcome: "retried" | "discarded", options: Json, context: CliContext): void {
  context.print(options.json ? JSON.stringify({ id, outcome }) : `Dead letter ${id} is ${outcome}.`);
}
