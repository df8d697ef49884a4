import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testSnapshot } from "../store/test-store.ts";
import { lockFolder, readHolder } from "./folder-lock.ts";
import { openPglite } from "./open-pglite.ts";

const fixture = fileURLToPath(new URL("./fixtures/hold-folder.ts", import.meta.url));

interface Holding {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly lines: string[];
  /** The first line that begins so. */
  line(start: string): Promise<string>;
  kill(): Promise<void>;
}

let folder: string;
const holding: Holding[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-lock-"));
});
afterEach(async () => {
  await Promise.all(holding.splice(0).map(({ kill }) => kill()));
  await rm(folder, { recursive: true, force: true });
});

function hold(mode: "lock" | "write"): Holding {
  const child = spawn(process.execPath, [fixture, mode, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    waiting.splice(0).forEach((wake) => wake());
  });
  async function line(start: string): Promise<string> {
    for (;;) {
      const found = lines.find((each) => each.startsWith(start));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        void exited.then(() => resolve());
      });
      const ended = child.exitCode !== null || child.signalCode !== null;
      if (ended && !lines.some((each) => each.startsWith(start)))
        throw new Error(`ended without saying ${start}`);
    }
  }
  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await exited;
  }
  const made = { child, pid: child.pid ?? -1, lines, line, kill };
  holding.push(made);
  return made;
}

test("a-second-process-is-refused-and-told-who-holds-the-folder", async () => {
  const other = hold("lock");
  await other.line("held");
  const refused = await openPglite({ folder, purpose: "poolwise worker" }).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: "database-locked",
    data: { pid: other.pid, host: hostname(), purpose: "fixture" },
  });
  expect(String(refused)).toContain(`process ${other.pid} (fixture) on ${hostname()}`);
  expect(await readHolder(folder)).toMatchObject({ pid: other.pid });
}, 30_000);

test("a-holder-can-be-reached-at-the-address-it-announced", async () => {
  const lock = await lockFolder(folder, "poolwise serve");
  await lock.announce("http://127.0.0.1:8080");
  await expect(lockFolder(folder, "poolwise session")).rejects.toThrow(
    /It answers at http:\/\/127\.0\.0\.1:8080/,
  );
  expect(await readHolder(folder)).toMatchObject({ pid: process.pid, address: "http://127.0.0.1:8080" });
  await lock.release();
  expect(await readHolder(folder)).toBeUndefined();
  const again = await lockFolder(folder, "poolwise session");
  await again.release();
});

test("kill-minus-nine-frees-the-folder-and-keeps-what-was-committed", async () => {
  const writer = hold("write");
  await writer.line("committed 4");
  await writer.kill();
  const acknowledged = writer.lines.filter((line) => line.startsWith("committed")).length;
  const database = await openPglite({ folder, purpose: "test" });
  const { rows } = await database.query<{ batch: number; n: number }>(
    "SELECT batch, count(*) AS n FROM kept GROUP BY batch ORDER BY batch",
  );
  await database.close();
  expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
  expect(rows.length).toBeLessThanOrEqual(acknowledged + 1);
  expect(rows).toEqual(rows.map((_, index) => ({ batch: index + 1, n: 500 })));
  expect(await readdir(join(folder, "locks"))).toEqual([]);
}, 60_000);

test("of-processes-that-come-at-once-one-gets-the-folder", async () => {
  const dead = hold("lock");
  await dead.line("held");
  await dead.kill();
  const racers = Array.from({ length: 4 }, () => hold("lock"));
  const outcomes = await Promise.all(racers.map(({ line }) => Promise.any([line("held"), line("refused")])));
  expect(outcomes.filter((outcome) => outcome === "held")).toHaveLength(1);
}, 30_000);

async function leaveLock(holder: object): Promise<void> {
  await mkdir(join(folder, "locks"), { recursive: true });
  await writeFile(
    join(folder, "locks", "left.lock"),
    JSON.stringify({ purpose: "gone", since: "2026-01-01", ...holder }),
  );
}

test("a-process-id-that-is-used-again-does-not-hold-the-folder", async () => {
  await leaveLock({ pid: process.pid, host: hostname(), processStart: "another-boot/1" });
  const lock = await lockFolder(folder, "test");
  expect(await readHolder(folder)).toMatchObject({ purpose: "test" });
  await lock.release();
});

test("a-holder-on-another-host-counts-as-alive", async () => {
  await leaveLock({ pid: 1, host: "elsewhere.example", processStart: "x/1" });
  await expect(lockFolder(folder, "test")).rejects.toThrow(/on elsewhere\.example.*remove .*locks/s);
});

test("the-thread-runs-beside-the-program", async () => {
  const database = await openPglite({ folder, purpose: "test", snapshot: await testSnapshot() });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  await database.query("SELECT count(DISTINCT md5(n::text)) FROM generate_series(1, 200000) n");
  clearInterval(timer);
  await database.close();
  expect(ticks).toBeGreaterThan(5);
}, 30_000);
