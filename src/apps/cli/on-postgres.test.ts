import { expect, test, vi } from "vitest";
import { createTestPostgres, describeOnPostgres } from "../../adapters/store/test-postgres.ts";
import type { SessionView } from "../../pipeline/context.ts";
import { verifyFolder } from "../../pipeline/fixtures/verify-folder.ts";
import { join } from "node:path";
import type { CliRig } from "./fixtures/cli-rig.ts";
import { addAccount, openCliRig } from "./fixtures/cli-rig.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

describeOnPostgres("the command line", () => {
  async function onPostgres(use: (rig: CliRig) => Promise<void>, devices = 120): Promise<void> {
    const { url, drop } = await createTestPostgres();
    const rig = await openCliRig({ env: { DATABASE_URL: url }, simulator: { devices } });
    try {
      await use(rig);
    } finally {
      await rig.close();
      await drop();
    }
  }

  test("a-database-that-was-not-migrated-is-refused-with-the-command-that-does-it", async () => {
    await onPostgres(async (rig) => {
      for (const args of [["session", "list"], ["worker"], ["serve"]]) {
        const refused = await rig.cli(args);
        expect(refused.err, args.join(" ")).toContain("poolwise migrate");
        expect(refused.status).toBe(2);
      }
      expect(JSON.parse((await rig.cli(["migrate", "--json"])).out)).toMatchObject({
        version: expect.any(Number),
      });
      expect((await rig.cli(["session", "list"])).status).toBe(0);
    });
  });

  test("a-server-that-is-not-there-is-named-without-its-password", async () => {
    await onPostgres(async (rig) => {
      rig.env["DATABASE_URL"] = "postgres://poolwise:hidden-word@127.0.0.1:1/poolwise";
      rig.env["DB_TIMEOUT"] = "2";
      const refused = await rig.cli(["session", "list"]);
      expect(refused.err).toMatch(/DATABASE_URL/);
      expect(refused.err + refused.out).not.toContain("hidden-word");
      expect(refused.status).toBe(1);
    });
  });

  test("serve-and-two-workers-share-the-sessions-of-several-accounts", async () => {
    await onPostgres(async (rig) => {
      await rig.cli(["migrate"]);
      const processes = [rig.start(["serve"]), rig.start(["worker"]), rig.start(["worker"])];
      await processes[0]?.says(/answers at/);
      for (const worker of processes.slice(1)) await worker.says(/The worker has begun/);
      const accounts: number[] = [];
      for (const name of ["One", "Two", "Three", "Four"]) accounts.push(await addAccount(rig, name));
      const waited = await Promise.all(
        accounts.map((id) =>
          rig.cli(["session", "start", "--account", String(id), "--any-time", "--wait", "--json"]),
        ),
      );
      const views = waited.map(({ out }) => JSON.parse(out) as SessionView);
      expect(views.map(({ status, sync }) => [status, sync?.devices])).toEqual(
        accounts.map(() => ["COMPLETED", 120]),
      );
      await rig.cli(["session", "report", views[2]?.id ?? "", "--out", "three"]);
      expect(await verifyFolder(join(rig.folder, "three"))).toMatchObject({ holds: true });
      for (const { child } of processes) child.kill("SIGTERM");
      for (const each of processes) expect((await each.ended()).status).toBe(0);
      const completed = processes.map((each) => each.err().split("Session completed").length - 1);
      expect(completed.reduce((sum, count) => sum + count)).toBe(accounts.length);
    });
  });

  test("without-a-worker-a-start-says-so-and-a-worker-that-comes-later-takes-it-up", async () => {
    await onPostgres(async (rig) => {
      await rig.cli(["migrate"]);
      const account = await addAccount(rig);
      const started = await rig.cli([
        "session",
        "start",
        "--account",
        String(account),
        "--any-time",
        "--json",
      ]);
      expect(started.err).toContain("No worker has taken it up yet");
      expect(started.err).toContain("poolwise worker");
      const { id } = JSON.parse(started.out) as { id: string };
      const watch = rig.start(["session", "watch", id]);
      await watch.says(/Waiting for a worker/);
      const worker = rig.start(["worker"]);
      expect(await watch.ended()).toMatchObject({ status: 0 });
      worker.child.kill("SIGTERM");
      expect((await worker.ended()).status).toBe(0);
    });
  });

  test("ready-means-that-the-database-answers", async () => {
    await onPostgres(async (rig) => {
      await rig.cli(["migrate"]);
      const serve = rig.start(["serve"], { DB_TIMEOUT: "3" });
      const address = (await serve.says(/answers at (\S+)/))[1] ?? "";
      expect((await fetch(`${address}/readyz`)).status).toBe(200);
      const { openPostgres } = await import("../../adapters/postgres/open-postgres.ts");
      const url = new URL(rig.env["DATABASE_URL"] ?? "");
      const name = url.pathname.slice(1);
      url.pathname = "/postgres";
      const server = openPostgres({ url: url.href, poolSize: 1, timeoutMs: 30_000 });
      await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [name]);
      const away = await fetch(`${address}/readyz`);
      expect(away.status).toBe(503);
      expect(await away.json()).toMatchObject({
        checks: { database: "failed", queue: "failed", objects: "ok" },
      });
      expect((await fetch(`${address}/healthz`)).status).toBe(200);
      expect((await fetch(`${address}/metrics`)).status).toBe(200);
      await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await vi.waitFor(async () => expect((await fetch(`${address}/readyz`)).status).toBe(200), 30_000);
      await server.close();
    });
  });
});
