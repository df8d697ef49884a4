import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { SessionView } from "../../pipeline/context.ts";
import { verifyFolder } from "../../pipeline/fixtures/verify-folder.ts";
import type { Answer, CliRig } from "./fixtures/cli-rig.ts";
import { accountOptions, addAccount, openCliRig } from "./fixtures/cli-rig.ts";

// Every command opens the embedded database, and a session takes several.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const viewOf = ({ out }: Answer): SessionView => JSON.parse(out) as SessionView;

describe("a session from the command line", () => {
  let rig: CliRig;
  let account: string;
  let view: SessionView;
  let waited: Answer;

  beforeAll(async () => {
    rig = await openCliRig();
    account = String(await addAccount(rig));
    waited = await rig.cli(["session", "start", "--account", account, "--any-time", "--wait", "--json"]);
    view = viewOf(waited);
  });
  afterAll(() => rig.close());

  test("start-wait-works-on-it-where-nobody-else-does-and-ends-with-0", () => {
    expect(waited.status).toBe(0);
    expect(view).toMatchObject({ status: "COMPLETED", sync: { complete: true, devices: 120 } });
    expect(waited.err.split("\n")).toEqual(expect.arrayContaining(["Reading the fleet from the carrier"]));
  });

  test("show-gives-the-fields-that-are-promised-and-the-summary-of-the-reports", async () => {
    const shown = await rig.cli(["session", "show", view.id, "--json"]);
    const out = await mkdtemp(join(tmpdir(), "poolwise-report-"));
    await rig.cli(["session", "report", view.id, "--out", out]);
    const summary: unknown = JSON.parse(await readFile(join(out, "summary.json"), "utf8"));
    await rm(out, { recursive: true });
    expect(viewOf(shown)).toMatchObject({
      id: view.id,
      status: "COMPLETED",
      reason: null,
      stage: "done",
      progress: { fraction: 1 },
      account: { id: Number(account), name: "Fleet" },
      period: { start: view.period.start, end: view.period.end },
      sync: {
        complete: true,
        devices: 120,
        quarantined: 0,
        duplicates: 0,
        seconds: expect.any(Number) as number,
      },
      summary,
    });
  });

  test("report-writes-what-verify-accepts-from-outside", async () => {
    const out = join(rig.folder, "march");
    const written = await rig.cli(["session", "report", view.id.slice(0, 8), "--out", "march"]);
    expect(written).toMatchObject({ status: 0 });
    const files = ["assignments.csv", "summary.json", "certificate.json", "report.xlsx", "report.html"];
    const inputs = ["devices.csv", "plans.csv", "eligibility.csv", "pools.csv"].map((name) =>
      join("inputs", name),
    );
    for (const name of [...files, ...inputs]) expect(existsSync(join(out, name)), name).toBe(true);
    expect(await verifyFolder(out)).toMatchObject({ holds: true, reasons: [] });
    const command = /^Check it: poolwise (.*)$/m.exec(written.err)?.[1]?.split(" ") ?? [];
    const checked = await rig.cli(command);
    expect(checked).toMatchObject({ status: 0 });
    expect(checked.out).toContain("The certificate holds.");
  });

  test("what-was-reported-is-what-optimize-comes-to-on-the-same-files", async () => {
    await rig.cli(["session", "report", view.id, "--out", "again"]);
    const files = ["devices", "plans", "eligibility", "pools"].flatMap((name) => [
      `--${name}`,
      join("again", "inputs", `${name}.csv`),
    ]);
    const { start, end } = view.period;
    const period = ["--period-start", start, "--period-end", end];
    const own = JSON.parse((await rig.cli(["optimize", ...files, ...period, "--json"])).out) as object;
    const { baseline_cost, optimized_cost, lower_bound } = view.summary as Record<string, string>;
    expect(own).toMatchObject({ baseline_cost, optimized_cost, lower_bound });
  });

  test("list-shows-it-and-filters", async () => {
    const all = JSON.parse((await rig.cli(["session", "list", "--json"])).out) as {
      sessions: { id: string }[];
    };
    expect(all.sessions.map(({ id }) => id)).toContain(view.id);
    const failed = await rig.cli(["session", "list", "--status", "failed", "--json"]);
    expect(JSON.parse(failed.out)).toEqual({ sessions: [], more: false });
    expect((await rig.cli(["session", "list"])).out).toContain(view.id);
  });

  test("watch-of-one-that-has-ended-tells-at-once-how", async () => {
    const watched = await rig.cli(["session", "watch", view.id]);
    expect(watched).toMatchObject({ status: 0 });
    expect(watched.out).toContain("COMPLETED");
    expect(watched.out).toMatch(/Saves USD|Nothing to save/);
  });

  test.each([
    [["session", "show", "ffffffff"], /no session "ffffffff".*session list/],
    [["session", "show", "..."], /no session/],
    [["session", "watch", "00000000-0000-0000-0000-000000000000"], /no session/],
    [["session", "report", "ffffffff", "--out", "none"], /no session/],
    [["session", "report", "ffffffff"], /--out/],
    [["session", "list", "--status", "lost"], /pending, running, completed/],
    [["session", "start", "--account", "1", "--switch-cost", "many"], /--switch-cost.*amount/],
    [["session", "start", "--account", "99", "--any-time"], /no carrier account 99.*carrier list/],
    [["session", "start"], /--account/],
    [["session", "stop", "1"], /unknown command 'stop'/],
  ])("%j is refused with 2 and says why", async (args, reason) => {
    const refused = await rig.cli(args);
    expect(refused.err).toMatch(reason);
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(existsSync(join(rig.folder, "none"))).toBe(false);
  });

  test("one-that-has-ended-cannot-be-cancelled", async () => {
    const refused = await rig.cli(["session", "cancel", view.id]);
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toContain("has ended already");
  });

  test("without-wait-and-without-a-worker-it-says-so-and-can-be-cancelled", async () => {
    const started = await rig.cli(["session", "start", "--account", account, "--any-time", "--json"]);
    expect(started.status).toBe(0);
    const { id } = JSON.parse(started.out) as { id: string };
    expect(started.err).toContain("No worker has taken it up yet");
    expect(started.err).toContain("poolwise serve");
    const second = await rig.cli(["session", "start", "--account", account, "--any-time", "--json"]);
    expect(second).toMatchObject({ status: 1, out: "" });
    expect(second.err).toContain(id);
    const noReports = await rig.cli(["session", "report", id, "--out", "none"]);
    expect(noReports.err).toContain("is PENDING and has no reports");
    expect(existsSync(join(rig.folder, "none"))).toBe(false);
    const cancelled = await rig.cli(["session", "cancel", id.slice(0, 13), "--json"]);
    expect(JSON.parse(cancelled.out)).toEqual({ id, status: "CANCELLED" });
    const watched = await rig.cli(["session", "watch", id]);
    expect(watched).toMatchObject({ status: 1 });
    expect(watched.out).toMatch(/CANCELLED.*\n.*\nReason: Cancelled by /);
  });

  test("a-second-session-reads-what-has-changed-and-has-the-whole-fleet", async () => {
    const args = ["session", "start", "--account", account, "--any-time", "--wait", "--json"];
    const { sync, summary } = viewOf(await rig.cli(args));
    expect(sync).toMatchObject({ kind: "incremental", devices: 120, complete: true });
    expect(sync?.read).toBeLessThan(120);
    const { devices } = view.summary as { devices: number };
    expect(summary).toMatchObject({ devices });
  });

  test("quiet-says-nothing-but-the-answer", async () => {
    const answer = await rig.cli([
      "session",
      "start",
      "--account",
      account,
      "--any-time",
      "--wait",
      "--quiet",
    ]);
    expect(answer).toMatchObject({ status: 0, err: "" });
  });
});

describe("what a carrier may get wrong", () => {
  test.each([
    ["a wrong key", { SIM_KEY: "not-the-key" }, [], /carrier-credentials|credentials/i],
    ["no key", { SIM_KEY: "" }, [], /SIM_KEY is not set/],
    ["a page of HTML instead of JSON", {}, ["F11:kind=html"], /web page where.*JSON is expected/],
  ])("%s fails the session with a reason that says so", async (_, env, faults, reason) => {
    const rig = await openCliRig({ env, simulator: { faults } });
    try {
      const account = await addAccount(rig);
      const ended = await rig.cli(["session", "start", "--account", String(account), "--any-time", "--wait"]);
      expect(ended.out).toMatch(/FAILED/);
      expect(ended.out).toMatch(reason);
      expect(ended.status).toBe(1);
    } finally {
      await rig.close();
    }
  });

  test("an account without plans fails its session and says how to mend it", async () => {
    const rig = await openCliRig();
    try {
      await rig.cli(["carrier", "add", ...accountOptions(rig)]);
      const ended = await rig.cli(["session", "start", "--account", "1", "--any-time", "--wait"]);
      expect(ended.out).toMatch(/No rate plans.*poolwise plans import --account 1/);
      expect(ended.status).toBe(1);
    } finally {
      await rig.close();
    }
  });
});

test("a database of a newer program is refused with what to do", async () => {
  const rig = await openCliRig();
  try {
    const { openTestStore } = await import("../../adapters/store/test-store.ts");
    const store = await openTestStore(join(rig.folder, "data"));
    await store.query(
      "INSERT INTO poolwise_migrations (version, name, sha256) VALUES (99, '0099-later', 'none')",
    );
    await store.close();
    const refused = await rig.cli(["session", "list"]);
    expect(refused.err).toMatch(/newer/);
    expect(refused).toMatchObject({ status: 2, out: "" });
  } finally {
    await rig.close();
  }
});
