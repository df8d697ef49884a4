import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openPgBossQueue } from "../../adapters/queue-pgboss/open-pgboss-queue.ts";
import { openTestStore } from "../../adapters/store/test-store.ts";
import { BILLABLE_STATUSES } from "../../billing/fleet.ts";
import { readPlans } from "../../carriers/files/read-plans.ts";
import { PIPELINE_QUEUES, SYNC_QUEUE } from "../../pipeline/context.ts";
import type { CliRig, Running } from "./fixtures/cli-rig.ts";
import { accountOptions, addAccount, openCliRig } from "./fixtures/cli-rig.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe("accounts, their contracts and their SIMs", () => {
  let rig: CliRig;
  let serve: Running;
  let account: string;

  /** The one JSON document that a command prints. */
  async function json<Document>(...args: string[]): Promise<Document> {
    const { status, out, err } = await rig.cli([...args, "--json"]);
    expect(status, err).toBe(0);
    expect(out.endsWith("\n") && out.indexOf("\n") === out.length - 1).toBe(true);
    return JSON.parse(out) as Document;
  }

  // Through a process that holds the database, which saves opening it for each command.
  beforeAll(async () => {
    rig = await openCliRig();
    serve = rig.start(["serve"]);
    await serve.says(/answers at/);
    account = String(await addAccount(rig));
    await rig.cli(["session", "start", "--account", account, "--any-time", "--wait"]);
  });
  afterAll(() => rig.close());

  test("an-account-is-added-listed-tested-and-taken-out-of-use", async () => {
    const { id } = await json<{ id: number }>("carrier", "add", ...accountOptions(rig, "Second"));
    const { accounts } = await json<{ accounts: Record<string, unknown>[] }>("carrier", "list");
    expect(accounts.find((each) => each["id"] === id)).toMatchObject({
      name: "Second",
      kind: "jasper",
      base_url: rig.simulator.url,
      secret_env: "SIM_KEY",
      calls_per_second: null,
      concurrency: 8,
      rate_plans: 0,
      last_sync_at: null,
    });
    expect(await json("carrier", "test", String(id))).toMatchObject({ id, ok: true });
    for (const each of [String(id), account])
      expect(await json("carrier", "remove", each)).toEqual({ id: Number(each), removed: true });
    const again = await rig.cli(["carrier", "remove", account]);
    expect(again.err).toContain("was removed before");
    expect(again.status).toBe(2);
    expect((await rig.cli(["carrier", "list"])).out).not.toContain("Second");
    expect((await rig.cli(["carrier", "list", "--all"])).out).toContain("Second (removed");
    const refused = await rig.cli(["session", "start", "--account", account, "--any-time"]);
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toContain("switched off");
    // The name is free again.
    account = String(await addAccount(rig, "Fleet"));
  });

  test("neither-lists-nor-logs-show-a-key", async () => {
    const listed = await rig.cli(["carrier", "list"]);
    expect(listed.out + serve.out() + serve.err()).not.toContain(rig.simulator.apiKey);
    const key = ["--name", "Key", "--secret-env", rig.simulator.apiKey];
    const refused = await rig.cli(["carrier", "add", ...accountOptions(rig), ...key]);
    expect(refused.err).toContain("NAME of an environment variable");
    expect(refused.err + refused.out + serve.err()).not.toContain(rig.simulator.apiKey);
  });

  test.each([
    [
      "a wrong host",
      ["--base-url", "http://127.0.0.1:1/rws/api/v1"],
      1,
      /127\.0\.0\.1:1.*Check the base URL|cannot be reached/,
    ],
    ["a wrong user", ["--username", "nobody"], 2, /credentials/],
    ["a variable that is not set", ["--secret-env", "NO_SUCH_KEY"], 2, /NO_SUCH_KEY is not set/],
  ])("test-of-an-account-with-%s-says-so", async (name, changed, status, reason) => {
    const { id } = await json<{ id: number }>("carrier", "add", ...accountOptions(rig, name), ...changed);
    const tested = await rig.cli(["carrier", "test", String(id), "--json"]);
    expect(tested.err).toMatch(reason);
    expect(tested).toMatchObject({ status, out: "" });
  });

  test("plans-and-eligibility-are-read-back-as-they-were-given", async () => {
    const { plans } = await json<{ plans: { plan: string }[] }>("plans", "list", "--account", account);
    const table = await readPlans(join(rig.folder, "plans.csv"));
    const codes = table.rows.map(({ plan }) => plan.code);
    expect(plans.map(({ plan }) => plan)).toEqual(codes);
    const valid = await json("plans", "validate", "--account", account);
    expect(valid).toMatchObject({ valid: true, plans: codes.length, invalid: [] });
  });

  test("an-invalid-plan-is-imported-and-named-and-validate-answers-no", async () => {
    const { id } = await json<{ id: number }>("carrier", "add", ...accountOptions(rig, "Invalid"));
    const rows =
      "plan,type,monthly_cost,included_mb,overage_rate,overage_block_mb\nGood,individual,1,10,0.1,1\nBad,individual,1,10,0,1\n";
    await writeFile(join(rig.folder, "invalid.csv"), rows);
    const imported = await json("plans", "import", "--account", String(id), "--plans", "invalid.csv");
    expect(imported).toMatchObject({ plans: 2, invalid: [{ plan: "Bad", line: 3 }] });
    const answer = await rig.cli(["plans", "validate", "--account", String(id), "--json"]);
    expect(answer.status).toBe(1);
    expect(JSON.parse(answer.out)).toMatchObject({ valid: false, invalid: [{ plan: "Bad" }] });
  });

  test.each([
    [
      ["plans", "import", "--account", "ACCOUNT", "--plans", "twice.csv"],
      "plan,type,monthly_cost,included_mb\nA,individual,x,1\nA,individual,1\n",
      /twice\.csv:2, column "monthly_cost": "x" is not a number/,
    ],
    [
      ["eligibility", "import", "--account", "ACCOUNT", "--file", "unknown.csv"],
      "communication_plan,plan\nC1,No such plan\n",
      /unknown\.csv:2.*No such plan/,
    ],
    [["eligibility", "import", "--account", "ACCOUNT", "--file", "empty.csv"], "", /empty\.csv/],
    [["plans", "import", "--account", "999", "--plans", "plans.csv"], undefined, /no carrier account 999/],
    [["plans", "list", "--account", "one"], undefined, /number of a carrier account/],
    [["devices", "list", "--limit", "0"], undefined, /--limit is 0/],
    [["devices", "list", "--after", "89"], undefined, /--after needs --account/],
    [["devices", "show", "123"], undefined, /no SIM "123"/],
    [["dead-letters", "show", "abc"], undefined, /no dead letter "abc"/],
    [["dead-letters", "retry", "abc"], undefined, /no open dead letter abc/],
    [["carrier", "remove", "999"], undefined, /no carrier account 999/],
  ])("%j is refused with 2 and says why", async (args, content, reason) => {
    const name = args.at(-1) ?? "";
    if (content !== undefined) await writeFile(join(rig.folder, name), content);
    const refused = await rig.cli(args.map((each) => (each === "ACCOUNT" ? account : each)));
    expect(refused.err).toMatch(reason);
    expect(refused).toMatchObject({ status: 2, out: "" });
  });

  test("devices-are-listed-page-by-page-each-once-and-shown-with-what-sessions-said", async () => {
    interface Page {
      readonly devices: { readonly iccid: string; readonly rate_plan: string }[];
      readonly next: string | null;
    }
    const seen: string[] = [];
    for (let after: string[] = []; ;) {
      const page = await json<Page>("devices", "list", "--account", "1", "--limit", "50", ...after);
      seen.push(...page.devices.map(({ iccid }) => iccid));
      if (page.next === null) break;
      after = ["--after", page.next];
    }
    const truth = [...rig.simulator.control.truth()].map(({ iccid }) => iccid);
    expect(seen).toEqual(truth.toSorted());
    const [first = ""] = seen;
    const shown = await json<{ iccid: string; sessions: unknown[] }>("devices", "show", first);
    expect(shown).toMatchObject({ iccid: first, account: 1 });
    expect(shown.sessions).toHaveLength(1);
    expect((await rig.cli(["devices", "show", first])).out).toContain(first);
  });

  test("a-carriers-SIMs-on-a-plan-that-was-not-imported-fail-the-session-and-are-counted", async () => {
    const { id } = await json<{ id: number }>("carrier", "add", ...accountOptions(rig, "Unknown plans"));
    const counts = new Map<string, number>();
    for (const { ratePlan, status } of rig.simulator.control.truth())
      if (BILLABLE_STATUSES.has(status)) counts.set(ratePlan, (counts.get(ratePlan) ?? 0) + 1);
    const [header = "", ...lines] = (await readFile(join(rig.folder, "plans.csv"), "utf8"))
      .trim()
      .split("\n");
    const held = (line: string): number => counts.get(line.split(",")[0] ?? "") ?? 0;
    const left = lines.find((line) => held(line) > 0) ?? "";
    const fewer = [header, ...lines.filter((line) => line !== left), ""].join("\n");
    await writeFile(join(rig.folder, "fewer.csv"), fewer);
    const account = ["--account", String(id)];
    await json("plans", "import", ...account, "--plans", "fewer.csv", "--pools", "pools.csv");
    const ended = await rig.cli(["session", "start", ...account, "--any-time", "--wait"]);
    expect(ended.status).toBe(1);
    expect(ended.out).toContain(`"${left.split(",")[0] ?? ""}" (${held(left)} SIMs)`);
    expect(ended.out).toContain(`poolwise plans import --account ${id}`);
  });

  test("a-message-that-failed-for-good-is-listed-shown-and-closed-once", async () => {
    expect((await rig.cli(["dead-letters", "list"])).out).toBe("There are no dead letters.\n");
    // Nobody else may have the database while a message is put into its queue.
    serve.child.kill("SIGTERM");
    await serve.ended();
    const store = await openTestStore(join(rig.folder, "data"));
    const queue = await openPgBossQueue(store, { queues: PIPELINE_QUEUES, maintain: false });
    await queue.send(SYNC_QUEUE, [{ body: { stage: "nonsense" } }]);
    await queue.close();
    await store.close();
    serve = rig.start(["serve"]);
    await serve.says(/failed for good/);
    const { dead_letters: letters } = await json<{ dead_letters: { id: string }[] }>("dead-letters", "list");
    expect(letters).toMatchObject([
      { queue: SYNC_QUEUE, status: "NEW", classification: "unreadable message" },
    ]);
    const id = letters[0]?.id ?? "";
    expect(await json("dead-letters", "show", id)).toMatchObject({ id, message: { stage: "nonsense" } });
    expect(await json("dead-letters", "discard", id)).toEqual({ id, outcome: "discarded" });
    expect(await json("dead-letters", "list")).toEqual({ dead_letters: [] });
    expect((await rig.cli(["dead-letters", "retry", id])).status).toBe(2);
  });
});
