import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openFolderObjects } from "../../adapters/objects-folder/open-folder-objects.ts";
import { openTestStore } from "../../adapters/store/test-store.ts";
import type { SessionView } from "../../pipeline/context.ts";
import type { CliRig, Running } from "./fixtures/cli-rig.ts";
import { accountOptions, addAccount, openCliRig } from "./fixtures/cli-rig.ts";

// Processes are started and killed, and each opens an embedded database.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const addressOf = async (serve: Running): Promise<string> =>
  (await serve.says(/answers at (http:\/\/\S+)/))[1] ?? "";

async function viewOf(rig: CliRig, id: string): Promise<SessionView> {
  return JSON.parse((await rig.cli(["session", "show", id, "--json"])).out) as SessionView;
}

/** Every call of the carrier then takes long enough for the test to come between; `hurry` ends it. */
const dawdle = ({ simulator }: CliRig) =>
  simulator.control.injectFault({ fault: "F4", kind: "slow", delayMs: 500 });
const hurry = ({ simulator }: CliRig) => simulator.control.clearFaults();

/** Starts a session and waits until it has read something and is not done reading: it dawdles. */
async function startReading(rig: CliRig, account: number): Promise<string> {
  dawdle(rig);
  const started = await rig.cli(["session", "start", "--account", String(account), "--any-time", "--json"]);
  const { id } = JSON.parse(started.out) as { id: string };
  const before = rig.simulator.control.stats().calls;
  for (;;) {
    const { stage } = await viewOf(rig, id);
    if (stage === "sync" && rig.simulator.control.stats().calls > before + 5) return id;
    if (stage !== "start" && stage !== "sync") throw new Error(`too late: ${stage}`);
    await sleep(20);
  }
}

describe("serve on the embedded database", () => {
  let rig: CliRig;
  let serve: Running;
  let address: string;
  let account: number;
  let id: string;

  beforeAll(async () => {
    rig = await openCliRig({ env: { PUBLIC_URL: "https://poolwise.example.com" } });
    serve = rig.start(["serve"]);
    address = await addressOf(serve);
    account = await addAccount(rig);
    const options = ["--account", String(account), "--any-time", "--wait", "--json"];
    const waited = await rig.cli(["session", "start", ...options]);
    id = (JSON.parse(waited.out) as SessionView).id;
  });
  afterAll(() => rig.close());

  test("runs-what-other-processes-ask-for-on-the-database-it-holds", async () => {
    const view = await viewOf(rig, id);
    expect(view).toMatchObject({ status: "COMPLETED", sync: { devices: 120 } });
    expect(JSON.parse((await rig.cli(["migrate", "--json"])).out)).toMatchObject({ applied: [] });
    const written = await rig.cli(["session", "report", id, "--out", "through-serve"]);
    expect(written).toMatchObject({ status: 0 });
    expect(await readFile(join(rig.folder, "through-serve", "inputs", "plans.csv"), "utf8")).toContain(
      "plan,",
    );
    const plans = await readFile(join(rig.folder, "plans.csv"), "utf8");
    const pools = ["--pools", "pools.csv"];
    const piped = ["plans", "import", "--account", String(account), "--plans", "-", ...pools, "--json"];
    expect(JSON.parse((await rig.cli(piped, plans)).out)).toMatchObject({ account, invalid: [] });
  });

  test("passes-on-what-is-wrong-once-and-with-its-exit-status", async () => {
    const wrong = await rig.cli(["session", "show", "ffffffff"]);
    expect(wrong).toMatchObject({ status: 2, out: "" });
    expect(wrong.err).toBe('error: There is no session "ffffffff". List them with poolwise session list.\n');
    const call = await rig.cli(["session", "list", "--limit", "many"]);
    expect(call.err).toMatch(/--limit.*whole number/);
    expect(call.status).toBe(2);
    expect((await rig.cli(["plans", "import", "--account", "1", "--plans", "nowhere.csv"])).err).toContain(
      "nowhere.csv",
    );
  });

  test("of-two-starts-at-once-one-is-refused-with-the-id-of-the-other", async () => {
    const args = ["session", "start", "--account", String(account), "--any-time", "--json"];
    const both = await Promise.all([rig.cli(args), rig.cli(args)]);
    const started = both.find(({ status }) => status === 0);
    const refused = both.find(({ status }) => status === 1);
    const { id: running } = JSON.parse(started?.out ?? "{}") as { id: string };
    expect(refused?.err).toContain(`Session ${running} of account Fleet is running`);
    expect(refused?.out).toBe("");
    expect((await rig.cli(["session", "watch", running])).status).toBe(0);
  });

  test("a-second-serve-or-worker-is-refused-and-told-who-holds-the-database", async () => {
    for (const name of ["serve", "worker"]) {
      const refused = await rig.cli([name]);
      expect(refused.status).toBe(2);
      expect(refused.err).toMatch(new RegExp(`held by process ${serve.pid} \\(poolwise serve\\)`));
      expect(refused.err).toContain("DATABASE_URL");
    }
  });

  test("answers-whether-it-lives-and-whether-it-is-ready", async () => {
    const lives = await fetch(`${address}/healthz`);
    expect(lives.status).toBe(200);
    expect(await lives.json()).toMatchObject({ status: "ok" });
    const ready = await fetch(`${address}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({
      status: "ready",
      checks: { database: "ok", queue: "ok", objects: "ok" },
    });
    await rm(join(rig.folder, "data", "objects", ".drafts"), { recursive: true });
    const unready = await fetch(`${address}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toMatchObject({ status: "not ready", checks: { objects: "failed" } });
    await openFolderObjects({ folder: join(rig.folder, "data", "objects") });
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
  });

  test("gives-its-metrics-to-prometheus", async () => {
    const answer = await fetch(`${address}/metrics`);
    expect(answer.headers.get("content-type")).toContain("text/plain");
    const text = await answer.text();
    for (const line of [
      /^poolwise_devices_optimized\{tenant="1",account="1"\} \d+$/m,
      /^poolwise_optimization_duration_seconds_count\{tenant="1",account="1"\} [1-9]\d*$/m,
      /^poolwise_cost_savings\{tenant="1",account="1",currency="USD"\} [\d.]+$/m,
      /^poolwise_savings_percentage_count\{tenant="1",account="1"\} [1-9]\d*$/m,
      /^poolwise_usage_age_seconds\{tenant="1",account="1"\} [\d.]+$/m,
      /^poolwise_sessions_ended\{tenant="1",account="1",status="COMPLETED"\} \d+$/m,
      /^poolwise_sync_completeness\{tenant="1",account="1"\} 1$/m,
      /^poolwise_sessions_active 0$/m,
      /^poolwise_queue_depth\{queue="device-sync",state="ready"\} 0$/m,
      /^poolwise_dead_letters\{queue="carrier-optimization"\} 0$/m,
    ])
      expect(text).toMatch(line);
  });

  test("hands-out-an-object-to-whoever-has-a-signed-link-that-is-not-over", async () => {
    const secret = (await readFile(join(rig.folder, "data", "objects", ".link-secret"), "utf8")).trim();
    const links = { address: `${address}/objects`, secret };
    const objects = await openFolderObjects({ folder: join(rig.folder, "data", "objects"), links });
    const page = await fetch((await objects.link(`sessions/${id}/report.html`, 60)) ?? "");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("sandbox");
    expect(await page.text()).toMatch(/^<!doctype html>/i);
    const book = (await objects.link(`sessions/${id}/report.xlsx`, 60)) ?? "";
    const download = await fetch(book);
    expect(download.headers.get("content-disposition")).toBe('attachment; filename="report.xlsx"');
    const stored = await readFile(join(rig.folder, "data", "objects", "sessions", id, "report.xlsx"));
    expect(Buffer.from(await download.arrayBuffer()).equals(stored)).toBe(true);
    const over = (await objects.link(`sessions/${id}/report.html`, -1)) ?? "";
    for (const wrong of [
      book.replace("report.xlsx", "certificate.json"),
      book.replace(/expires=\d/, "expires=9"),
      book.slice(0, -1),
      book.split("?")[0] ?? "",
      over,
      `${address}/objects/.link-secret?expires=9999999999&signature=${"0".repeat(64)}`,
    ]) {
      const refused = await fetch(wrong);
      expect(refused.status, wrong).toBe(403);
      expect(await refused.json()).toMatchObject({ code: "link-invalid", status: 403 });
    }
    const gone = await fetch((await objects.link("sessions/none/report.html", 60)) ?? "");
    expect(gone.status).toBe(404);
    expect(await gone.json()).toMatchObject({ code: "object-missing" });
  });

  test("says-what-is-wrong-in-problem-documents", async () => {
    for (const [path, init, status, code] of [
      ["/nothing", {}, 404, "not-found"],
      ["/healthz", { method: "DELETE" }, 404, "not-found"],
      ["/%zz", {}, 400, "request-invalid"],
      [
        "/x",
        { method: "POST", body: "{", headers: { "content-type": "application/json" } },
        400,
        "request-invalid",
      ],
    ] as const) {
      const answer = await fetch(address + path, init);
      expect(answer.headers.get("content-type"), path).toContain("application/problem+json");
      const problem = (await answer.json()) as Record<string, unknown>;
      expect(problem).toMatchObject({ type: "about:blank", status, code });
      expect(Object.keys(problem).toSorted()).toEqual(["code", "detail", "status", "title", "type"]);
      expect(answer.status).toBe(status);
    }
  });

  test("a-port-that-is-taken-is-refused-with-what-to-do", async () => {
    const other = rig.start(["serve"], { DATA_DIR: "other", PORT: new URL(address).port });
    const { status, err } = await other.ended();
    expect(err).toMatch(/error: HOST 127.0.0.1 and PORT \d+: another program listens there/);
    expect(status).toBe(2);
  });
});

describe("a session that is cut off", () => {
  let rig: CliRig;
  let account: number;

  beforeAll(async () => {
    rig = await openCliRig({ simulator: { devices: 400 }, env: { FULL_SYNC_DAYS: "0" } });
    account = await addAccount(rig);
  });
  afterAll(() => rig.close());

  test("by-SIGTERM-of-serve-is-handed-on-and-goes-on-with-the-next-one", async () => {
    const first = rig.start(["serve"]);
    await addressOf(first);
    const id = await startReading(rig, account);
    first.child.kill("SIGTERM");
    expect((await first.ended()).status).toBe(0);
    hurry(rig);
    expect((await viewOf(rig, id)).status).toBe("RUNNING");
    const second = rig.start(["worker"]);
    await second.says(/The worker has begun/);
    const watched = await rig.cli(["session", "watch", id, "--json"]);
    expect(JSON.parse(watched.out)).toMatchObject({
      status: "COMPLETED",
      sync: { devices: 400, duplicates: 0 },
    });
    second.child.kill("SIGINT");
    expect((await second.ended()).status).toBe(0);
  });

  test("by-kill-9-of-serve-goes-on-as-soon-as-it-is-started-again", async () => {
    const first = rig.start(["serve"]);
    await addressOf(first);
    const id = await startReading(rig, account);
    first.child.kill("SIGKILL");
    await first.ended();
    hurry(rig);
    const second = rig.start(["serve"]);
    await addressOf(second);
    const watched = await rig.cli(["session", "watch", id, "--json"]);
    expect(JSON.parse(watched.out)).toMatchObject({
      status: "COMPLETED",
      sync: { devices: 400, duplicates: 0 },
    });
    second.child.kill("SIGTERM");
    expect((await second.ended()).status).toBe(0);
  });

  test("by-the-person-who-follows-it-goes-on-where-serve-works-on-it", async () => {
    const serve = rig.start(["serve"]);
    await addressOf(serve);
    const id = await startReading(rig, account);
    const watch = rig.start(["session", "watch", id]);
    await watch.says(/Reading the fleet/);
    watch.child.kill("SIGINT");
    const stopped = await watch.ended();
    hurry(rig);
    expect(stopped.err).toContain(`No longer following session ${id}, which goes on`);
    expect(stopped).toMatchObject({ status: 1, out: "" });
    expect((await rig.cli(["session", "watch", id])).status).toBe(0);
    serve.child.kill("SIGTERM");
    await serve.ended();
  });

  test("by-the-person-who-waits-for-it-waits-until-somebody-works-on-it-again", async () => {
    dawdle(rig);
    const start = rig.start(["session", "start", "--account", String(account), "--any-time", "--wait"]);
    await start.says(/Reading the fleet/);
    // It takes commands meanwhile, as serve does.
    const listed = JSON.parse((await rig.cli(["session", "list", "--json"])).out) as {
      sessions: SessionView[];
    };
    expect(listed.sessions[0]).toMatchObject({ status: "RUNNING" });
    start.child.kill("SIGINT");
    const stopped = await start.ended();
    hurry(rig);
    const id = listed.sessions[0]?.id ?? "";
    expect(stopped.err).toContain(`Session ${id} has not ended, and nothing works on it now`);
    expect(stopped.status).toBe(1);
    const resumed = await rig.cli(["session", "watch", id]);
    expect(resumed.status).toBe(0);
    expect(resumed.out).toContain("COMPLETED");
  });
});

test("a-command-waits-for-a-process-that-takes-none-and-then-says-who-holds-the-database", async () => {
  const rig = await openCliRig();
  const store = await openTestStore(join(rig.folder, "data"));
  try {
    const soon = rig.cli(["carrier", "list", "--json"]);
    const refused = rig.cli(["session", "list", "--json"]);
    expect(await refused).toMatchObject({ status: 2, out: "" });
    expect((await refused).err).toMatch(
      new RegExp(`Process ${process.pid} \\(test\\) has the database; waiting`),
    );
    expect((await refused).err).toMatch(
      new RegExp(`error: The database in .* is held by process ${process.pid} `),
    );
    await soon;
    const patient = rig.cli(["carrier", "list", "--json"]);
    await sleep(1_000);
    await store.close();
    expect(await patient).toMatchObject({ status: 0, out: '{"accounts":[]}\n' });
  } finally {
    await store.close();
    await rig.close();
  }
});

test("a-session-for-a-second-account-goes-through-the-process-that-follows-the-first", async () => {
  const rig = await openCliRig({ simulator: { devices: 200, latencyMs: 40 } });
  try {
    const one = await addAccount(rig, "One");
    const two = await addAccount(rig, "Two");
    const first = rig.start(["session", "start", "--account", String(one), "--any-time", "--wait"]);
    await first.says(/Reading the fleet/);
    const second = rig.start(["session", "start", "--account", String(two), "--any-time", "--wait"]);
    expect(await second.ended()).toMatchObject({ status: 0 });
    expect(await first.ended()).toMatchObject({ status: 0 });
  } finally {
    await rig.close();
  }
});

test("an-account-that-cannot-be-added-is-refused-with-every-fault", async () => {
  const rig = await openCliRig();
  try {
    const refused = await rig.cli([
      "carrier",
      "add",
      ...accountOptions(rig),
      "--time-zone",
      "Mars/X",
      "--cycle-day",
      "40",
    ]);
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toMatch(/--time-zone.*IANA[\s\S]*--cycle-day/);
  } finally {
    await rig.close();
  }
});
