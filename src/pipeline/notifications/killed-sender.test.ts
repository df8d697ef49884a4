import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openFolderObjects } from "../../adapters/objects-folder/open-folder-objects.ts";
import { migrate } from "../../adapters/store/migrate.ts";
import { openStore } from "../../adapters/store/open-store.ts";
import { createTestPostgres, describeOnPostgres } from "../../adapters/store/test-postgres.ts";
import { oneRow } from "../../adapters/store/test-rows.ts";
import { openTestStore } from "../../adapters/store/test-store.ts";
import type { Database } from "../../ports/database.ts";
import type { FaultPoint } from "../context.ts";
import { addEndedSession } from "../fixtures/ended-session.ts";
import { openMailReceiver } from "../fixtures/receivers.ts";
import type { MailReceiver } from "../fixtures/receivers.ts";

const SENDER = new URL("../fixtures/send-until-killed.ts", import.meta.url).pathname;

/** A database that outlives the processes that use it. */
interface Place {
  readonly databaseUrl: string | undefined;
  readonly folder: string;
  remove(): Promise<void>;
}

async function embedded(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "poolwise-killed-"));
  const store = await openTestStore(join(folder, "data"));
  await store.close();
  return { databaseUrl: undefined, folder, remove: async () => rm(folder, { recursive: true, force: true }) };
}

async function onPostgres(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "poolwise-killed-"));
  const { url, drop } = await createTestPostgres();
  const place = {
    databaseUrl: url,
    folder,
    remove: async () => {
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await inDatabase(place, migrate);
  return place;
}

async function inDatabase<Result>(
  { databaseUrl, folder }: Place,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const dataDir = join(folder, "data");
  const db = await openStore({ databaseUrl, dataDir, poolSize: 2, timeoutMs: 30_000, purpose: "test" });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

function startSender(place: Place, { port }: MailReceiver, stopAt?: FaultPoint): ChildProcess {
  const given = {
    databaseUrl: place.databaseUrl,
    dataDir: join(place.folder, "data"),
    objects: join(place.folder, "objects"),
    smtp: `smtp://127.0.0.1:${port}`,
    stopAt,
  };
  return spawn(process.execPath, [SENDER, JSON.stringify(given)], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Waits for what it says, then ends it as a power cut would. */
async function killAt(sender: ChildProcess, point: Promise<unknown> | FaultPoint): Promise<void> {
  if (typeof point !== "string") await point;
  else await said(sender, point);
  sender.kill("SIGKILL");
  await once(sender, "exit");
}

async function said(sender: ChildProcess, word: string): Promise<void> {
  if (sender.stdout === null) throw new Error("the sender has no output");
  for await (const line of createInterface({ input: sender.stdout })) if (line === word) return;
  throw new Error(`the sender ended before it said ${word}`);
}

const overdue = async (db: Database): Promise<unknown> =>
  db.query("UPDATE notifications SET claimed_until = now() - interval '1 s' WHERE status = 'SENDING'");
const toldByMail = async (db: Database): Promise<{ status: string; last_error: string | null }> =>
  oneRow(db, "SELECT status, last_error FROM notifications WHERE channel = 'mail'");

async function setUp(open: () => Promise<Place>): Promise<Place> {
  const place = await open();
  const objects = await openFolderObjects({ folder: join(place.folder, "objects") });
  const tenant = { recipients: ["finance@customer.example"] };
  await inDatabase(place, async (db) => addEndedSession({ db, objects }, { tenant, channels: ["mail"] }));
  return place;
}

const BEFORE_CONTENT = ["notify:claimed", "notify:before-content"] as const;
const TIMEOUT_MS = 120_000;

function killedSenders(open: () => Promise<Place>, points: readonly FaultPoint[]): void {
  test.each(points)(
    "a-mail-whose-sender-is-killed-at-%s-is-sent-once-by-the-next",
    async (point) => {
      const place = await setUp(open);
      const mail = await openMailReceiver();
      try {
        await killAt(startSender(place, mail, point), point);
        await inDatabase(place, overdue);
        await said(startSender(place, mail), "done");
        expect(mail.mails).toHaveLength(1);
        expect(await inDatabase(place, toldByMail)).toMatchObject({ status: "SENT" });
      } finally {
        await mail.close();
        await place.remove();
      }
    },
    TIMEOUT_MS,
  );

  test(
    "a-mail-whose-sender-is-killed-while-the-server-takes-it-is-not-sent-again-and-is-seen",
    async () => {
      const place = await setUp(open);
      const taken = Promise.withResolvers<undefined>();
      const killed = Promise.withResolvers<undefined>();
      const mail = await openMailReceiver({
        beforeAnswer: async () => {
          taken.resolve(undefined);
          await killed.promise;
        },
      });
      try {
        await killAt(startSender(place, mail), taken.promise);
        killed.resolve(undefined);
        await inDatabase(place, overdue);
        await said(startSender(place, mail), "done");
        expect(mail.mails).toHaveLength(1);
        const found = await inDatabase(place, toldByMail);
        expect(found.status).toBe("UNCERTAIN");
        expect(found.last_error).toContain("poolwise notifications send");
      } finally {
        await mail.close();
        await place.remove();
      }
    },
    TIMEOUT_MS,
  );
}

// An embedded database takes seconds to open, so the points that differ in no way there are left out.
describe("a sender that is killed, on PGlite", () => {
  killedSenders(embedded, ["notify:before-content"]);
});
describeOnPostgres("a sender that is killed, on PostgreSQL", () => {
  killedSenders(onPostgres, BEFORE_CONTENT);

  test(
    "a-mail-that-was-taken-and-not-yet-recorded-when-its-sender-is-killed-is-not-sent-again",
    async () => {
      const place = await setUp(onPostgres);
      const mail = await openMailReceiver();
      try {
        await killAt(startSender(place, mail, "notify:delivered"), "notify:delivered");
        await inDatabase(place, overdue);
        await said(startSender(place, mail), "done");
        expect(mail.mails).toHaveLength(1);
        expect(await inDatabase(place, toldByMail)).toMatchObject({ status: "UNCERTAIN" });
      } finally {
        await mail.close();
        await place.remove();
      }
    },
    TIMEOUT_MS,
  );

  test(
    "mails-whose-senders-are-killed-again-and-again-come-at-most-once-and-none-is-lost-unseen",
    async () => {
      const place = await onPostgres();
      const objects = await openFolderObjects({ folder: join(place.folder, "objects") });
      const tenant = { recipients: ["finance@customer.example"] };
      await inDatabase(place, async (db) => {
        for (let more = 0; more < 60; more++)
          await addEndedSession({ db, objects }, { tenant, channels: ["mail"] });
      });
      const mail = await openMailReceiver({ beforeAnswer: async () => sleep(40) });
      const taken = async (mails: number): Promise<void> => {
        while (mail.mails.length < mails) await sleep(2);
      };
      try {
        // While the server has a mail and has not answered, and about when it answers.
        for (const afterMs of [0, 10, 20, 30, 36, 40, 44, 50, 60, 80]) {
          const more = mail.mails.length + 1 + (afterMs % 3);
          const sender = startSender(place, mail);
          await killAt(
            sender,
            taken(more).then(async () => sleep(afterMs)),
          );
          await inDatabase(place, overdue);
        }
        await said(startSender(place, mail), "done");
        const { rows } = await inDatabase(place, async (db) =>
          db.query<{ id: string; status: string }>("SELECT notification_id AS id, status FROM notifications"),
        );
        const arrived = (id: string): number =>
          mail.mails.filter(({ messageId }) => messageId?.includes(id) === true).length;
        expect(rows).toHaveLength(60);
        for (const { id, status } of rows) {
          if (status === "SENT") expect(arrived(id)).toBe(1);
          else expect([status, arrived(id) <= 1]).toEqual(["UNCERTAIN", true]);
        }
        const sure = rows.filter(({ status }) => status === "SENT").length;
        console.info(
          `60 mails, 10 kills: ${sure} sent, ${60 - sure} uncertain, ${mail.mails.length} arrived`,
        );
        expect(sure).toBeLessThan(60);
      } finally {
        await mail.close();
        await place.remove();
      }
    },
    TIMEOUT_MS,
  );
});
