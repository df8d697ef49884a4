import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { readBigint } from "../sql/sql-text.ts";
import type { Reply, Request, ThreadError, ThreadOptions, ThreadResult, Work } from "./messages.ts";

const port = parentPort;
if (port === null) throw new Error("thread.ts runs in a worker thread only");

const asText = (value: string): string => value;
const READERS = { 20: readBigint, 1082: asText };

async function open(options: ThreadOptions): Promise<PGlite> {
  const isNew = options.folder === undefined || !existsSync(join(options.folder, "PG_VERSION"));
  const loadDataDir =
    isNew && options.snapshot !== undefined ? new Blob([await readFile(options.snapshot)]) : undefined;
  return await PGlite.create({
    ...(options.folder === undefined ? {} : { dataDir: options.folder }),
    ...(loadDataDir === undefined ? {} : { loadDataDir }),
    parsers: READERS,
  });
}

const FIELDS = ["constraint", "table", "column", "detail", "hint"] as const;

function describe(error: unknown): ThreadError {
  if (!(error instanceof Error)) return { message: String(error), fields: {} };
  const source = error as unknown as Readonly<Record<string, unknown>>;
  const fields = Object.fromEntries(
    FIELDS.flatMap((name) => (source[name] === undefined ? [] : [[name, source[name]]])),
  );
  const code = source["code"];
  return { message: error.message, fields, ...(typeof code === "string" ? { code } : {}) };
}

function send(reply: Reply, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(reply, transfer as ArrayBuffer[]);
}

const listeners = new Map<string, () => Promise<void>>();
const database = open(workerData as ThreadOptions);

async function perform(work: Work): Promise<{ value: unknown; transfer?: ArrayBuffer[] }> {
  const pg = await database;
  switch (work.kind) {
    case "query": {
      const { rows, affectedRows, command } = await pg.query<object>(work.sql, [...work.parameters]);
      const result: ThreadResult = {
        rows,
        rowCount: rows.length > 0 ? rows.length : (affectedRows ?? 0),
        command,
      };
      return { value: result };
    }
    case "script":
      return { value: (await pg.exec(work.sql)).map((result) => result.rows) };
    case "copyIn": {
      const result = await pg.query(work.sql, [], { blob: new Blob([work.chunk]) });
      return { value: result.affectedRows ?? 0 };
    }
    case "copyOut": {
      const { blob } = await pg.query(work.sql);
      const value = (await blob?.arrayBuffer()) ?? new ArrayBuffer(0);
      return { value, transfer: [value] };
    }
    case "listen": {
      const { channel } = work;
      listeners.set(channel, await pg.listen(channel, (payload) => send({ notification: channel, payload })));
      return { value: undefined };
    }
    case "unlisten":
      await listeners.get(work.channel)?.();
      listeners.delete(work.channel);
      return { value: undefined };
    case "dump": {
      const dump = await pg.dumpDataDir("none");
      await writeFile(work.file, new Uint8Array(await dump.arrayBuffer()));
      return { value: undefined };
    }
    case "close":
      await pg.close();
      return { value: undefined };
  }
}

async function answer({ id, work }: Request): Promise<void> {
  try {
    const { value, transfer } = await perform(work);
    send({ id, ok: true, value }, transfer);
  } catch (error) {
    // One connection serves everybody: a failed statement must not leave its transaction open behind it.
    if ("standalone" in work && work.standalone)
      await (await database).exec("ROLLBACK").catch(() => undefined);
    send({ id, ok: false, error: describe(error) });
  }
}

let turn: Promise<void> = database.then(
  () => send({ id: 0, ok: true, value: undefined }),
  (error: unknown) => send({ id: 0, ok: false, error: describe(error) }),
);
port.on("message", (request: Request) => {
  turn = turn.then(() => answer(request));
});
