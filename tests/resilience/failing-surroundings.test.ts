import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeOnPostgres } from "../../src/adapters/store/test-postgres.ts";
import { seededRandom } from "../../src/optimizer/random.ts";
import type { JasperSimulator } from "../../simulator/jasper/start-jasper-simulator.ts";
import type { Site } from "./fixtures/open-site.ts";
import { openSite } from "./fixtures/open-site.ts";
import type { Outcome } from "./fixtures/outcome.ts";
import { outcomeOf } from "./fixtures/outcome.ts";
import type { PrivateServers } from "./fixtures/private-servers.ts";
import { startPrivateServers } from "./fixtures/private-servers.ts";
import { spawnWorker } from "./fixtures/spawn-worker.ts";
import { startStillCarrier } from "./fixtures/start-still-carrier.ts";
import type { SpawnedWorker } from "./fixtures/spawn-worker.ts";

let simulator: JasperSimulator;
beforeAll(async () => {
  simulator = await startStillCarrier({ devices: 150, seed: 11, latencyMs: 5 });
});
afterAll(async () => {
  await simulator.close();
});

async function end(worker: SpawnedWorker): Promise<void> {
  const status = await worker.ended;
  if (status !== 0) throw new Error(`A worker ended with ${status}: ${worker.errors()}`);
}

const reached = (worker: SpawnedWorker, point: string): Promise<unknown> =>
  worker.when((words) => words[1] === point);

describeOnPostgres("a session on PostgreSQL comes to the same", () => {
  let undisturbed: Outcome;
  let servers: PrivateServers;
  beforeAll(async () => {
    servers = await startPrivateServers();
    const calm = await openSite("PostgreSQL", simulator);
    await end(spawnWorker(calm.settings));
    undisturbed = await outcomeOf(calm);
    await calm.close();
    expect(undisturbed).toMatchObject({ session: [{ status: "COMPLETED" }], left: [], dead: [] });
  }, 120_000);
  afterAll(async () => {
    await servers.close();
  });

  test("when-every-connection-is-cut-again-and-again", async () => {
    const site = await openSite("PostgreSQL", simulator);
    const worker = spawnWorker(site.settings);
    const draw = seededRandom(3);
    let cut = 0;
    // Never more often in one stage than its message is delivered.
    for (const point of [
      "start:before-commit",
      "sync:page-read",
      "sync:after-commit",
      "sync:before-merge",
      "sync:merged",
      "prepare:snapshot-taken",
      "prepare:after-commit",
      "optimize:started",
      "optimize:solved",
      "optimize:assignments-stored",
      "finish:inputs-written",
      "finish:reports-written",
    ]) {
      await reached(worker, point);
      await sleep(draw() * 40);
      cut += await site.inside(async (database) => {
        const { rows } = await database.query<{ cut: boolean }>(
          `SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
        );
        return rows.filter((each) => each.cut).length;
      });
    }
    await end(worker);
    expect(cut).toBeGreaterThan(15);
    expect(await outcomeOf(site)).toEqual(undisturbed);
    await site.close();
  }, 180_000);

  test.each(["sync:page-read", "optimize:started", "finish:inputs-written"])(
    "when-the-server-crashes-and-starts-again-at-%s",
    async (point) => {
      const site = await openSite("PostgreSQL", simulator, { server: servers.postgresUrl });
      const worker = spawnWorker(site.settings);
      await reached(worker, point);
      await servers.control("stop");
      await sleep(500);
      await servers.control("start");
      await end(worker);
      expect(await outcomeOf(site)).toEqual(undisturbed);
      await site.close();
    },
    180_000,
  );

  test("when-Redis-is-gone", async () => {
    const { hostname, port } = new URL(servers.redisUrl);
    const site = await openSite("PostgreSQL", simulator, {
      settings: { REDIS_HOST: hostname, REDIS_PORT: port },
    });
    const worker = spawnWorker(site.settings);
    await reached(worker, "sync:page-read");
    await promisify(execFile)("redis-cli", ["-p", port, "shutdown", "nosave"]).catch(() => undefined);
    await end(worker);
    expect(await outcomeOf(site)).toEqual(undisturbed);
    await site.close();
  }, 120_000);

  test("when-two-workers-and-two-triggers-come-at-once", async () => {
    const site = await openSite("PostgreSQL", simulator);
    const workers = [1, 2].map(() => spawnWorker({ ...site.settings, START_ALWAYS: "yes" }));
    await Promise.all(workers.map(end));
    const said = workers.map((worker) =>
      worker.said.find(([kind]) => kind === "started" || kind === "refused"),
    );
    const started = said.find((words) => words?.[0] === "started")?.[1];
    expect(said.map((words) => words?.join(" ") ?? "").toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      `refused session-running ${started}`,
      `started ${started}`,
    ]);
    expect(await outcomeOf(site)).toEqual(undisturbed);
    await site.close();
  }, 120_000);
});

/** A disk of two megabytes, where this user may make one. */
async function smallDisk(folder: string): Promise<{ remove: () => Promise<void> } | undefined> {
  await mkdir(folder, { recursive: true });
  const run = promisify(execFile);
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]);
    return { remove: async () => void (await run("umount", ["-l", folder])) };
  } catch {
    return undefined;
  }
}

describe("a disk that is full while reports are written", () => {
  async function withFullDisk(
    settings: Readonly<Record<string, string>>,
    use: (site: Site, objects: string, worker: SpawnedWorker) => Promise<void>,
  ): Promise<boolean> {
    const site = await openSite("embedded", simulator, { settings });
    const objects = join(site.folder, "small");
    const disk = await smallDisk(objects);
    if (disk === undefined) {
      await site.close();
      return false;
    }
    // From here on nothing but reports is written: those begun while the assignments are stored, and those after.
    const held = { HOLD_AT: "optimize:solved", HOLD_UNTIL: join(site.folder, "filled") };
    const worker = spawnWorker({ ...site.settings, OBJECT_STORE: objects, ...held });
    await reached(worker, "optimize:solved");
    await fill(join(objects, "ballast"));
    await writeFile(held.HOLD_UNTIL, "");
    await use(site, objects, worker);
    await disk.remove();
    await site.close();
    return true;
  }

  async function fill(file: string): Promise<void> {
    for (const size of [65_536, 4_096]) {
      const more = (): Promise<boolean> =>
        writeFile(file, Buffer.alloc(size), { flag: "a" }).then(
          () => true,
          () => false,
        );
      while (await more());
    }
  }

  /** Whole files alone stand under the names of objects. */
  async function halves(objects: string, worker: Site): Promise<string[]> {
    const recorded = await worker.inside(
      async (database) =>
        (
          await database.query<{ name: string; size: number }>(
            "SELECT object_key AS name, size_bytes AS size FROM reports",
          )
        ).rows,
    );
    const wrong: string[] = [];
    for (const { name, size } of recorded)
      if ((await readFile(join(objects, name))).length !== size) wrong.push(name);
    return wrong;
  }

  test("is-waited-for-and-the-session-completes-once-there-is-room", async ({ skip }) => {
    const could = await withFullDisk({}, async (site, objects, worker) => {
      await worker.when((words) => words[1] === "finish:inputs-written");
      await sleep(2_000);
      expect(worker.said.map((words) => words[1])).not.toContain("finish:reports-written");
      const [session = ""] = await readdir(join(objects, "sessions"));
      const visible = await readdir(join(objects, "sessions", session));
      expect(visible).not.toContain("report.xlsx");
      await rm(join(objects, "ballast"));
      await end(worker);
      expect(await outcomeOf(site)).toMatchObject({ session: [{ status: "COMPLETED" }], dead: [] });
      expect(await halves(objects, site)).toEqual([]);
      expect(await readdir(join(objects, ".drafts"))).toEqual([]);
    });
    if (!could) skip("NOT RUN: this user may not mount a small disk. Run it as root");
  }, 120_000);

  test("fails-the-session-with-that-reason-where-there-is-no-room-for-too-long", async ({ skip }) => {
    const could = await withFullDisk({ SESSION_STALL_LIMIT: "20" }, async (site, _objects, worker) => {
      await end(worker);
      const { session } = await outcomeOf(site);
      expect(session).toMatchObject([{ status: "FAILED", error_code: "session-stalled" }]);
      expect(JSON.stringify(session)).toContain("no space left on device");
      expect((await outcomeOf(site))["reports"]).toEqual([]);
    });
    if (!could) skip("NOT RUN: this user may not mount a small disk. Run it as root");
  }, 120_000);
});
