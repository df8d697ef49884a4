import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type {
  CopySource,
  CopyTarget,
  Database,
  QueryResult,
  SqlExecutor,
  SqlValue,
  Transaction,
  TransactionOptions,
} from "../../ports/database.ts";
import { toDatabaseError } from "../sql/sql-errors.ts";
import { copyInStatement, inlineParameters } from "../sql/sql-text.ts";
import { newPresence } from "../sql/presence.ts";
import { refuseSilentRollback, runAll, TransactionScope } from "../sql/transaction-scope.ts";
import { wholeLines } from "./copy-chunks.ts";
import { lockFolder } from "./folder-lock.ts";
import type { FolderLock } from "./folder-lock.ts";
import { ThreadChannel } from "./thread-channel.ts";
import type { ThreadResult } from "./messages.ts";
import { Turns } from "./turns.ts";

const PIECE_BYTES = 1 << 18;

export interface PgliteOptions {
  /** DATA_DIR. The database lives in its `pglite` folder. undefined: in memory, gone when closed. */
  readonly folder: string | undefined;
  /** What holds the folder, for whoever finds it locked: "poolwise serve". */
  readonly purpose: string;
  /** File made by `dump`: what a new database starts from, instead of an empty one. */
  readonly snapshot?: string;
}

export interface EmbeddedDatabase extends Database {
  /** Writes the whole database into a file that `snapshot` can start from. */
  dump(file: string): Promise<void>;
  /** Tells other processes where this one can be reached, so that they can go through it. */
  announce(address: string): Promise<void>;
}

function executor(channel: ThreadChannel, standalone: boolean): SqlExecutor {
  return {
    query: <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
      channel.request<QueryResult<Row>>({ kind: "query", sql, parameters, standalone }),
    script: (sql) => channel.request({ kind: "script", sql, standalone }),
    copyIn: (target, rows) => copyIn(channel, target, rows),
    async *copyOut(sql, parameters) {
      yield* inPieces(await copyOut(channel, sql, parameters, standalone));
    },
  };
}

async function copyIn(channel: ThreadChannel, target: CopyTarget, rows: CopySource): Promise<number> {
  const sql = copyInStatement(target, "'/dev/blob'");
  let count = 0;
  for await (const chunk of wholeLines(rows)) {
    count += await channel.request<number>({ kind: "copyIn", sql, chunk }, [chunk.buffer]);
  }
  return count;
}

async function copyOut(
  channel: ThreadChannel,
  sql: string,
  parameters: readonly SqlValue[] = [],
  standalone: boolean,
): Promise<Uint8Array> {
  const statement = `COPY (${inlineParameters(sql, parameters)}) TO '/dev/blob'`;
  return new Uint8Array(await channel.request<ArrayBuffer>({ kind: "copyOut", sql: statement, standalone }));
}

/** The thread hands over all rows at once; whoever reads them goes through them a piece at a time. */
function* inPieces(bytes: Uint8Array): Generator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

async function lockAndOpen(
  options: PgliteOptions,
  channelFor: (folder: string | undefined) => ThreadChannel,
): Promise<[ThreadChannel, FolderLock | undefined]> {
  let lock: FolderLock | undefined;
  if (options.folder !== undefined) {
    await mkdir(options.folder, { recursive: true });
    lock = await lockFolder(options.folder, options.purpose);
  }
  const channel = channelFor(options.folder === undefined ? undefined : join(options.folder, "pglite"));
  try {
    await channel.ready();
    return [channel, lock];
  } catch (error) {
    await channel.end();
    await lock?.release();
    throw error;
  }
}

/**
 * PostgreSQL inside this process, in a thread of its own, on one connection. What was committed survives the
 * end of the process at any instant, but not a power cut: the embedded store does not force its writes to disk.
 * Throws `database-locked` where another process holds the folder.
 */
export async function openPglite(options: PgliteOptions): Promise<EmbeddedDatabase> {
  const subscribers = new Map<string, Set<(payload: string) => void>>();
  const notify = (name: string, payload: string): void =>
    subscribers.get(name)?.forEach((onPayload) => onPayload(payload));
  const [channel, lock] = await lockAndOpen(
    options,
    (folder) => new ThreadChannel({ folder, snapshot: options.snapshot }, notify),
  );
  const scope = new TransactionScope();
  const presence = newPresence();
  const turns = new Turns();
  const direct = executor(channel, true);
  const inTransaction = executor(channel, false);
  let closing: Promise<void> | undefined;

  function alone<Result>(work: () => Promise<Result>): Promise<Result> {
    scope.refuseInside();
    return turns.take(work);
  }

  async function transact<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    isolation: string,
  ): Promise<[Result, (() => void)[]]> {
    const afterwards: (() => void)[] = [];
    await channel.request({ kind: "script", sql: `BEGIN${isolation}`, standalone: true });
    try {
      const inside: Transaction = { ...inTransaction, afterCommit: (action) => void afterwards.push(action) };
      const result = await scope.run(() => work(inside));
      const { command } = await channel.request<ThreadResult>({
        kind: "query",
        sql: "COMMIT",
        parameters: [],
        standalone: true,
      });
      refuseSilentRollback(command);
      return [result, afterwards];
    } catch (error) {
      await channel.request({ kind: "script", sql: "ROLLBACK", standalone: true }).catch(() => undefined);
      throw error;
    }
  }

  async function transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    transactionOptions: TransactionOptions = {},
  ): Promise<Result> {
    const { isolation } = transactionOptions;
    const [result, afterwards] = await alone(() =>
      transact(work, isolation === undefined ? "" : ` ISOLATION LEVEL ${isolation.toUpperCase()}`),
    );
    runAll(afterwards);
    return result;
  }

  async function shutDown(): Promise<void> {
    await turns.idle();
    await channel.request({ kind: "close" }).catch(() => undefined);
    await channel.end();
    await lock?.release();
  }

  return {
    kind: "pglite",
    query: (sql, parameters) => alone(() => direct.query(sql, parameters)),
    script: (sql) => alone(() => direct.script(sql)),
    copyIn: (target, rows) => transaction((inside) => inside.copyIn(target, rows)),
    async *copyOut(sql, parameters) {
      yield* inPieces(await alone(() => copyOut(channel, sql, parameters, true)));
    },
    transaction,
    present: () => Promise.resolve(presence),
    async listen(name, onPayload) {
      const known = subscribers.get(name) ?? new Set();
      if (known.size === 0) await alone(() => channel.request({ kind: "listen", channel: name }));
      subscribers.set(name, known.add(onPayload));
      return async () => {
        known.delete(onPayload);
        if (known.size > 0 || closing !== undefined) return;
        subscribers.delete(name);
        await alone(() => channel.request({ kind: "unlisten", channel: name }));
      };
    },
    async health() {
      const started = performance.now();
      try {
        const { rows } = await turns.take(() =>
          direct.query<{ server: string }>("SELECT current_setting('server_version') AS server"),
        );
        return {
          ok: true,
          latencyMs: performance.now() - started,
          server: `PGlite, PostgreSQL ${rows[0]?.server ?? ""}`,
        };
      } catch (error) {
        return { ok: false, reason: toDatabaseError(error).message };
      }
    },
    close() {
      closing ??= shutDown();
      return closing;
    },
    dump: (file) => alone(() => channel.request<void>({ kind: "dump", file })),
    announce: async (address) => await lock?.announce(address),
  };
}
