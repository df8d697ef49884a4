import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  addNotification,
  claimNotifications,
  settleNotification,
} from "../../adapters/store/notifications.ts";
import { createTestPostgres, describeOnPostgres } from "../../adapters/store/test-postgres.ts";
import { openStore } from "../../adapters/store/open-store.ts";
import { openMailReceiver } from "../../pipeline/fixtures/receivers.ts";
import type { MailReceiver } from "../../pipeline/fixtures/receivers.ts";
import type { Database } from "../../ports/database.ts";
import type { Finding } from "./doctor/finding.ts";
import { addAccount, openCliRig } from "./fixtures/cli-rig.ts";
import type { Answer, CliRig } from "./fixtures/cli-rig.ts";

// Every command opens the embedded database.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

interface Document {
  readonly ok: boolean;
  readonly checks: readonly Finding[];
}

const documentOf = ({ out }: Answer): Document => JSON.parse(out) as Document;
const of = ({ checks }: Document, check: string): Finding[] => checks.filter((each) => each.check === check);

describe("doctor", () => {
  let rig: CliRig;
  let mail: MailReceiver;
  const PASSWORD = "hunter2-of-the-mail";
  const SIGNING = "a signing secret of many characters";

  beforeAll(async () => {
    mail = await openMailReceiver({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) =>
        password === PASSWORD ? done(null, { user: "poolwise" }) : done(new Error("wrong")),
    });
    rig = await openCliRig({
      env: {
        SMTP_URL: `smtp://poolwise:${PASSWORD}@127.0.0.1:${mail.port}`,
        EMAIL_FROM: "poolwise@example.com",
        EMAIL_RECIPIENTS: "finance@example.com",
        WEBHOOK_URL: "https://hooks.example.com/services/T0/path-that-is-a-key",
        WEBHOOK_SECRET: SIGNING,
      },
    });
    await addAccount(rig);
  });
  afterAll(async () => {
    await rig.close();
    await mail.close();
  });
  const changed: string[] = [];
  const set = (name: string, value: string): void => {
    changed.push(name, rig.env[name] ?? "");
    rig.env[name] = value;
  };
  afterEach(() => {
    for (let k = 0; k < changed.length; k += 2) rig.env[changed[k] ?? ""] = changed[k + 1] ?? "";
    changed.length = 0;
  });

  test("finds-everything-in-order-where-it-is-and-shows-no-secret", async () => {
    const found = await rig.cli(["doctor"]);
    expect(found.err).toBe("");
    expect(found.status).toBe(0);
    expect(found.out).toContain("Everything is in order.");
    for (const said of [
      "SMTP_URL (secret)",
      "EMAIL_RECIPIENTS=finance@example.com",
      "wrote, read and deleted a probe",
      "the mail server lets us in",
      "https://hooks.example.com (not called)",
      "takes the credentials",
      "the database's clock agrees",
      "America/New_York",
    ])
      expect(found.out).toContain(said);
    const all = found.out + (await rig.cli(["doctor", "--json"])).out;
    for (const secret of [PASSWORD, SIGNING, rig.simulator.apiKey, "path-that-is-a-key"])
      expect(all).not.toContain(secret);
    expect(mail.mails).toEqual([]);
  });

  test("says-what-is-wrong-outside-how-to-mend-it-and-ends-with-1", async () => {
    set("SMTP_URL", `smtp://poolwise:wrong@127.0.0.1:${mail.port}`);
    set("REDIS_HOST", "127.0.0.1");
    set("REDIS_PORT", "1");
    set("SIM_KEY", "not-the-key-of-the-carrier");
    const found = await rig.cli(["doctor", "--json"]);
    expect(found.status).toBe(1);
    const said = documentOf(found);
    expect(said.ok).toBe(false);
    expect(of(said, "mail")).toMatchObject([
      { status: "fail", mend: expect.stringContaining("SMTP_URL") as string },
    ]);
    expect(of(said, "cache")).toMatchObject([
      { status: "fail", mend: expect.stringContaining("REDIS_HOST") as string },
    ]);
    expect(of(said, "carrier 1 Fleet")[0]).toMatchObject({
      status: "fail",
      mend: expect.stringContaining("poolwise carrier test 1") as string,
    });
    expect(found.out).not.toContain("not-the-key-of-the-carrier");
  });

  test("an-account-whose-secret-is-not-set-is-named-with-its-variable", async () => {
    set("SIM_KEY", "");
    const said = documentOf(await rig.cli(["doctor", "--json"]));
    expect(of(said, "carrier 1 Fleet")[0]).toMatchObject({
      status: "fail",
      found: expect.stringContaining("SIM_KEY is not set") as string,
    });
  });

  test("lists-every-fault-of-the-settings", async () => {
    set("PORT", "70000");
    set("DB_POOL_SIZE", "ten");
    set("SMTP_URL", "mail://x:top-secret@y");
    const found = await rig.cli(["doctor", "--json"]);
    expect(found.status).toBe(1);
    const faults = of(documentOf(found), "settings").map((each) => each.found);
    expect(faults.map((each) => each.split(":")[0]).toSorted((a = "", b = "") => (a < b ? -1 : 1))).toEqual([
      "DB_POOL_SIZE",
      "PORT",
      "SMTP_URL",
    ]);
    expect(found.out).not.toContain("top-secret");
  });

  test("a-database-that-is-away-does-not-keep-it-from-the-rest", async () => {
    set("DATABASE_URL", "postgres://poolwise:very-secret@127.0.0.1:1/poolwise");
    const found = await rig.cli(["doctor", "--json"]);
    expect(found.status).toBe(1);
    const said = documentOf(found);
    expect(of(said, "database")).toMatchObject([{ status: "fail" }]);
    expect(of(said, "mail")).toMatchObject([{ status: "ok" }]);
    expect(found.out).not.toContain("very-secret");
  });

  test("where-there-is-no-database-yet-it-makes-none", async () => {
    set("DATA_DIR", "nowhere");
    const found = await rig.cli(["doctor", "--json"]);
    expect(found.status).toBe(0);
    expect(of(documentOf(found), "database")).toMatchObject([{ status: "warn" }]);
    expect(of(documentOf(await rig.cli(["doctor", "--json"])), "database")).toMatchObject([
      { status: "warn" },
    ]);
  });

  const inDatabase = async (work: (db: Database) => Promise<unknown>): Promise<void> => {
    const db = await openStore({
      databaseUrl: undefined,
      dataDir: `${rig.folder}/data`,
      poolSize: 1,
      timeoutMs: 30_000,
      purpose: "test",
    });
    try {
      await work(db);
    } finally {
      await db.close();
    }
  };
  const spoil = async (db: Database): Promise<void> => {
    const payload = {};
    for (const [dedupKey, kind] of [
      ["a", "uncertain"],
      ["b", "failed"],
    ] as const) {
      await addNotification(db, { tenantId: 1, channel: "mail", kind: "session-failed", dedupKey, payload });
      const [claimed] = await claimNotifications(db, {
        holder: "x",
        channels: ["mail"],
        limit: 1,
        seconds: 60,
      });
      await settleNotification(db, claimed?.id ?? "", "x", { kind, error: `it was ${kind}` });
    }
    await db.query(
      `INSERT INTO dead_letters (tenant_id, queue, message_id, body, receive_count, classification, reason)
       VALUES (1, 'device-sync', 'm', '{}', 5, 'carrier refused', '10000013')`,
    );
    await db.query(
      `INSERT INTO billing_periods (tenant_id, carrier_account_id, starts_at, ends_at, starts_on, ends_on)
       VALUES (1, 1, '2026-03-01', '2026-04-01', '2026-03-01', '2026-04-01')`,
    );
    await db.query(
      `INSERT INTO optimization_sessions (service_provider_id, tenant_id, billing_period_id, status, stage, progress_at)
       SELECT 1, 1, billing_period_id, 'RUNNING', 'sync', now() - interval '40 minutes' FROM billing_periods LIMIT 1`,
    );
  };

  test("what-stands-still-failed-or-is-uncertain-is-said-and-can-be-sent-again", async () => {
    await inDatabase(spoil);
    const found = await rig.cli(["doctor", "--json"]);
    expect(found.status).toBe(0);
    const said = documentOf(found);
    expect(of(said, "notifications").map((each) => [each.status, each.found])).toEqual([
      ["warn", "1 by mail failed; the newest: it was failed"],
      ["warn", "1 by mail may or may not have been sent; the newest: it was uncertain"],
    ]);
    expect(of(said, "dead letters")).toMatchObject([
      { status: "warn", found: expect.stringContaining("carrier refused: 10000013") as string },
    ]);
    expect(of(said, "sessions")).toMatchObject([
      { status: "warn", found: expect.stringContaining("has not moved for 40 min") as string },
    ]);
    const command = /poolwise (notifications send \S+)/.exec(of(said, "notifications")[1]?.mend ?? "")?.[1];
    expect(await rig.cli((command ?? "").split(" "))).toMatchObject({ status: 0 });
    expect(await rig.cli((command ?? "").split(" "))).toMatchObject({ status: 2 });
    const listed = await rig.cli(["notifications", "list", "--json"]);
    const { notifications } = JSON.parse(listed.out) as {
      notifications: { status: string; attempts: number }[];
    };
    expect(notifications.map(({ status }) => status)).toEqual(["failed", "pending"]);
    await inDatabase(async (db) => {
      const { rows } = await db.query("SELECT action FROM audit_log WHERE subject_kind = 'notification'");
      expect(rows).toEqual([{ action: "notification.sent-again" }]);
    });
  });

  test("runs-in-the-process-that-holds-the-database", async () => {
    const served = rig.start(["serve"]);
    await served.says(/answers at/);
    const found = await rig.cli(["doctor", "--json"]);
    expect(of(documentOf(found), "program")[0]?.found).toContain(`in process ${served.pid}`);
    served.child.kill("SIGTERM");
    expect(await served.ended()).toMatchObject({ status: 0 });
  });
});

describeOnPostgres("doctor on PostgreSQL", () => {
  test("says-that-the-schema-is-missing-and-then-that-it-is-there", async () => {
    const rig = await openCliRig();
    const { url, drop } = await createTestPostgres();
    rig.env["DATABASE_URL"] = url;
    try {
      const before = await rig.cli(["doctor", "--json"]);
      expect(before.status).toBe(1);
      expect(of(documentOf(before), "schema")).toMatchObject([
        { status: "fail", mend: "Run: poolwise migrate" },
      ]);
      await rig.cli(["migrate"]);
      const after = documentOf(await rig.cli(["doctor", "--json"]));
      expect(of(after, "schema")).toMatchObject([{ status: "ok" }]);
      expect(of(after, "carrier accounts")).toMatchObject([{ status: "warn" }]);
      expect(after.ok).toBe(true);
    } finally {
      await rig.close();
      await drop();
    }
  });
});
