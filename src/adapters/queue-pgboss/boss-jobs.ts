import type { JobWithMetadata } from "pg-boss";
import type { Database, SqlExecutor } from "../../ports/database.ts";
import type { MessageBody, ReceivedMessage } from "../../ports/queue.ts";
import { hasGone } from "../sql/presence.ts";

/** pg-boss has no call for these; they touch the columns of its job table that its own settling reads. */
export const JOBS = "pgboss.job";

export interface Claim {
  readonly id: string;
  /** Names the delivery: pg-boss counts it up with each one. */
  readonly retryCount: number;
}

export const receiptOf = ({ id, retryCount }: Claim): string => `${id}:${retryCount}`;

export function claimOf(message: ReceivedMessage): Claim {
  const at = message.receipt.lastIndexOf(":");
  return { id: message.receipt.slice(0, at), retryCount: Number(message.receipt.slice(at + 1)) };
}

export interface Lapsed extends Claim {
  /** The worker that had it has gone; otherwise its visibility has ended. */
  readonly gone: boolean;
}

/** Deliveries whose visibility has ended or whose worker has gone; `presence` is ours. */
export async function findLapsed(
  database: Database,
  queue: string,
  presence: number,
): Promise<readonly Lapsed[]> {
  const gone = hasGone("(output->>'holder')::int", database.kind, "$2::int");
  const { rows } = await database.query<Lapsed>(
    `SELECT id, retry_count AS "retryCount", started_on + expire_seconds * interval '1 s' >= now() AS gone FROM ${JOBS}
     WHERE name = $1 AND state = 'active' AND (started_on + expire_seconds * interval '1 s' < now()
       OR output ? 'holder' AND ${gone}) LIMIT 1000`,
    [queue, presence],
  );
  return rows;
}

/**
 * Hides deliveries that were just made for `seconds`, notes whose they are, and clears the delay that an earlier giving
 * back left.
 */
export async function hideClaimed(
  executor: SqlExecutor,
  queue: string,
  ids: readonly string[],
  { seconds, presence }: { readonly seconds: number; readonly presence: number },
): Promise<void> {
  await executor.query(
    `UPDATE ${JOBS} SET expire_seconds = $3, retry_delay = 0, output = jsonb_build_object('holder', $4::int)
     WHERE name = $1 AND id = ANY($2::uuid[]) AND state = 'active'`,
    [queue, ids, seconds, presence],
  );
}

const IS_CLAIM = "name = $1 AND id = $2 AND retry_count = $3 AND state = 'active'";

export async function hideLonger(
  executor: SqlExecutor,
  queue: string,
  claim: Claim,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await executor.query(
    `UPDATE ${JOBS} SET expire_seconds = ceil(extract(epoch FROM now() - started_on)) + $4
     WHERE ${IS_CLAIM} AND started_on + expire_seconds * interval '1 s' >= now()`,
    [queue, claim.id, claim.retryCount, seconds],
  );
  return rowCount === 1;
}

export async function setRetryDelay(
  executor: SqlExecutor,
  queue: string,
  claim: Claim,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await executor.query(`UPDATE ${JOBS} SET retry_delay = $4 WHERE ${IS_CLAIM}`, [
    queue,
    claim.id,
    claim.retryCount,
    seconds,
  ]);
  return rowCount === 1;
}

export async function useUpRetries(executor: SqlExecutor, queue: string, claim: Claim): Promise<boolean> {
  const { rowCount } = await executor.query(
    `UPDATE ${JOBS} SET retry_limit = retry_count WHERE ${IS_CLAIM}`,
    [queue, claim.id, claim.retryCount],
  );
  return rowCount === 1;
}

interface FailureOutput {
  readonly value?: { readonly message?: unknown };
  readonly message?: unknown;
}

function reasonOf(output: unknown): string | undefined {
  const { value, message } = (output ?? {}) as FailureOutput;
  const reason = message ?? value?.message;
  return typeof reason === "string" ? reason : undefined;
}

/** Provenance that pg-boss keeps on a dead letter. */
interface DeadLetterJob extends JobWithMetadata<MessageBody> {
  readonly sourceOutput: object;
}

export function fromJob(queue: string, job: JobWithMetadata<MessageBody>): ReceivedMessage {
  const message: ReceivedMessage = {
    queue,
    id: job.id,
    receipt: receiptOf(job),
    body: job.data,
    receiveCount: job.retryCount + 1,
    sentAt: job.createdOn,
  };
  if (job.sourceName === null || job.sourceId === null) return message;
  const source = {
    queue: job.sourceName,
    id: job.sourceId,
    receiveCount: (job.sourceRetryCount ?? 0) + 1,
    reason: reasonOf((job as DeadLetterJob).sourceOutput),
  };
  return { ...message, source };
}
