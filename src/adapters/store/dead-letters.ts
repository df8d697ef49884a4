import type { Database } from "../../ports/database.ts";
import { deadLetterQueue } from "../../ports/queue.ts";
import type { MessageBody, Queue, ReceivedMessage } from "../../ports/queue.ts";
import { PoolwiseError } from "../../billing/errors.ts";

export interface DeadLetterClass {
  /** What kind of failure it was, for a person: "carrier refused", "unreadable message", …. */
  readonly classification: string;
  readonly tenantId: number | undefined;
  readonly sessionId: string | undefined;
}

export interface RecordedDeadLetter extends DeadLetterClass {
  readonly id: string;
  readonly queue: string;
  readonly reason: string | undefined;
}

async function record(
  database: Database,
  queue: Queue,
  name: string,
  message: ReceivedMessage,
  found: DeadLetterClass,
): Promise<RecordedDeadLetter | undefined> {
  const { classification, tenantId, sessionId } = found;
  return await database.transaction(async (within) => {
    const { rows } = await within.query<{ id: string }>(
      `INSERT INTO dead_letters (tenant_id, session_id, queue, message_id, body, receive_count, classification, reason, sent_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (queue, message_id) DO NOTHING RETURNING dead_letter_id AS id`,
      [
        tenantId ?? null,
        sessionId ?? null,
        name,
        message.source?.id ?? message.id,
        JSON.stringify(message.body),
        message.source?.receiveCount ?? message.receiveCount,
        classification,
        message.source?.reason ?? null,
        message.sentAt,
      ],
    );
    await queue.acknowledge(message, { within });
    const [row] = rows;
    return row === undefined
      ? undefined
      : { id: row.id, queue: name, reason: message.source?.reason, ...found };
  });
}

/**
 * Moves up to 10 messages from the dead-letter queue of `name` into the table `dead_letters`; those that were not
 * there yet. A message leaves its queue in the transaction that records it, so none is lost or recorded twice.
 */
export async function recordDeadLetters(
  database: Database,
  queue: Queue,
  name: string,
  classify: (message: ReceivedMessage) => DeadLetterClass,
): Promise<readonly RecordedDeadLetter[]> {
  const messages = await queue.receive(deadLetterQueue(name), { max: 10, visibilitySeconds: 60 });
  const recorded: RecordedDeadLetter[] = [];
  for (const message of messages) {
    const letter = await record(database, queue, name, message, classify(message));
    if (letter !== undefined) recorded.push(letter);
  }
  return recorded;
}

function notNew(id: string): PoolwiseError {
  return new PoolwiseError(
    "option-invalid",
    `There is no open dead letter ${id}: list them with poolwise dead-letters list.`,
    { data: { id } },
  );
}

/** Puts a dead letter's message back on its queue, once. Throws `option-invalid` unless it is still open. */
export async function retryDeadLetter(
  database: Database,
  queue: Queue,
  id: string,
  by: string,
): Promise<void> {
  await database.transaction(async (within) => {
    const { rows } = await within.query<{ queue: string; body: MessageBody }>(
      `UPDATE dead_letters SET status = 'RETRIED', resolved_at = now(), resolved_by = $2
       WHERE dead_letter_id::text = $1 AND status = 'NEW' RETURNING queue, body`,
      [id, by],
    );
    const [letter] = rows;
    if (letter === undefined) throw notNew(id);
    await queue.send(letter.queue, [{ body: letter.body }], { within });
  });
}

/** Closes a dead letter without doing anything. Throws `option-invalid` unless it is still open. */
export async function discardDeadLetter(database: Database, id: string, by: string): Promise<void> {
  const { rowCount } = await database.query(
    `UPDATE dead_letters SET status = 'DISCARDED', resolved_at = now(), resolved_by = $2
     WHERE dead_letter_id::text = $1 AND status = 'NEW'`,
    [id, by],
  );
  if (rowCount !== 1) throw notNew(id);
}
