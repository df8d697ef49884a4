import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createContext } from "./context.ts";
import { run } from "./program.ts";

const COMMANDS = { optimize: () => import("./optimize.ts"), verify: () => import("./verify.ts") };

const PLANS =
  "plan,type,monthly_cost,included_mb,overage_rate,overage_block_mb,min_devices,max_devices\n" +
  "SMALL,pooled,1.00,1,0.50,1,,\n" +
  "LARGE,pooled,3.00,10,0.50,1,,\n";
const ICCIDS = ["89014103211118510720", "89014103211118510721", "89014103211118510722"] as const;
const DEVICES = `iccid,rate_plan,usage_mb\n${ICCIDS[0]},LARGE,0.4\n${ICCIDS[1]},LARGE,0.4\n${ICCIDS[2]},LARGE,3.0\n`;
const INPUTS = ["--devices", "devices.csv", "--plans", "plans.csv"];
const RESULT = ["--assignments", "out/assignments.csv", "--certificate", "out/certificate.json"];

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-optimize-"));
  await put({ "devices.csv": DEVICES, "plans.csv": PLANS });
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function call(args: readonly string[], stdin: Readable = new PassThrough()): Promise<Ended> {
  const texts = { out: "", err: "" };
  const sink = (into: "out" | "err") =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[into] += chunk.toString();
        done();
      },
    });
  const context = createContext({
    stdin,
    stdout: sink("out"),
    stderr: sink("err"),
    env: {},
    cwd: () => folder,
  });
  return { status: await run(args, context, COMMANDS), ...texts };
}

const optimize = (...args: readonly string[]): Promise<Ended> => call(["optimize", "--quiet", ...args]);
const verify = (...args: readonly string[]): Promise<Ended> => call(["verify", "--quiet", ...args]);

/** One call refused for its input: exit status 2, the answer's stream empty, and `messages` among the errors. */
async function expectRefused(
  files: Readonly<Record<string, string | Uint8Array>>,
  args: readonly string[],
  ...messages: readonly string[]
): Promise<void> {
  await put({ "devices.csv": DEVICES, "plans.csv": PLANS, ...files });
  const { status, out, err } = await optimize(...args, "--out", "refused");
  for (const message of messages) expect(err).toContain(message);
  expect(out).toBe("");
  expect(status, err).toBe(2);
  expect(await written("refused"), "nothing is written for a refused input").toEqual([]);
}

async function written(name: string): Promise<string[]> {
  return (await readdir(join(folder, name)).catch((): string[] => [])).sort();
}

test("writes its five files, says what is saved, and verify accepts them", async () => {
  const { status, out, err } = await optimize(...INPUTS, "--out", "out");
  expect(err).toBe("");
  expect(status).toBe(0);
  expect(out).toMatch(/^Saves USD 5\.50 per billing cycle/);
  expect(out).toContain("Proven: nothing cheaper exists.");
  expect(await written("out")).toEqual([
    "assignments.csv",
    "certificate.json",
    "report.html",
    "report.xlsx",
    "summary.json",
  ]);
  expect(await verify(...INPUTS, ...RESULT)).toMatchObject({ status: 0, err: "" });
});

test("verify rejects a result in which one plan was changed", async () => {
  await optimize(...INPUTS, "--out", "out");
  const path = join(folder, "out/assignments.csv");
  const honest = await readFile(path, "utf8");
  const tampered = honest.replace("LARGE,SMALL,yes", "LARGE,LARGE,no");
  expect(tampered).not.toBe(honest);
  await writeFile(path, tampered);
  const { status, out } = await verify(...INPUTS, ...RESULT);
  expect(out).toContain("The certificate does not hold.");
  expect(status).toBe(1);
});

test("--json prints one document and nothing else, the same as summary.json", async () => {
  const { status, out, err } = await optimize(...INPUTS, "--out", "out", "--json");
  expect(status).toBe(0);
  expect(err).toBe("");
  const summary: unknown = JSON.parse(out);
  expect(summary).toMatchObject({
    devices: 3,
    baseline_cost: "9.00",
    optimized_cost: "3.50",
    lower_bound: "3.50",
    gap: 0,
    certificate: "optimal",
    inputs: { devices: createHash("sha256").update(DEVICES).digest("hex") },
  });
  expect(JSON.parse(await readFile(join(folder, "out/summary.json"), "utf8"))).toEqual(summary);
});

test("reports progress on stderr alone, and none under --quiet", async () => {
  const { out, err } = await call(["optimize", ...INPUTS, "--json"]);
  expect(err).toContain("Reading the SIMs");
  expect(JSON.parse(out)).toMatchObject({ devices: 3 });
  expect((await optimize(...INPUTS)).err).toBe("");
});

test("writes nothing without --out", async () => {
  expect((await optimize(...INPUTS)).status).toBe(0);
  expect((await readdir(folder)).sort()).toEqual(["devices.csv", "plans.csv"]);
});

test("the same files give the same bytes, but for the seconds that were measured", async () => {
  await optimize(...INPUTS, "--out", "out");
  await optimize(...INPUTS, "--out", "again");
  for (const name of ["assignments.csv", "certificate.json"])
    expect(await readFile(join(folder, "again", name))).toEqual(await readFile(join(folder, "out", name)));
});

test("reads a gzipped file from standard input", async () => {
  const args = ["optimize", "--quiet", "--json", "--devices", "-", "--plans", "plans.csv"];
  const { status, out } = await call(args, Readable.from([gzipSync(DEVICES)]));
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ devices: 3, optimized_cost: "3.50" });
});

test("reads a BOM, UTF-16, CRLF, quotes, semicolons, blank lines and columns in another order alike", async () => {
  const semicolons = DEVICES.replaceAll(",", ";");
  const quoted = DEVICES.replaceAll("LARGE", '"LARGE"');
  const turned = DEVICES.trimEnd()
    .split("\n")
    .map((line) => line.split(",").reverse().join(","));
  for (const devices of [
    `\uFEFF${DEVICES}`,
    Buffer.from(`\uFEFF${DEVICES}`, "utf16le"),
    DEVICES.replaceAll("\n", "\r\n"),
    quoted,
    semicolons,
    `\n${DEVICES.replaceAll("\n", "\n\n")}`,
    turned.join("\n"),
  ]) {
    await put({ "devices.csv": devices });
    const { status, out, err } = await optimize(...INPUTS, "--json");
    expect(err).toBe("");
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ devices: 3, quarantined: 0, optimized_cost: "3.50" });
  }
});

test("a faulty header is refused by line and column", async () => {
  await expectRefused(
    { "devices.csv": DEVICES.replace("usage_mb", "Usage MB") },
    INPUTS,
    "devices.csv:1",
    "lacks usage_mb",
    'Rename "Usage MB" to usage_mb',
  );
  await expectRefused(
    { "devices.csv": DEVICES.replace("rate_plan", "iccid") },
    INPUTS,
    'devices.csv:1, column "iccid"',
    "stands twice",
  );
  await expectRefused({ "devices.csv": "" }, INPUTS, "devices.csv", "the file is empty", "iccid");
  await expectRefused({ "plans.csv": "" }, INPUTS, "plans.csv", "empty");
  const columns = (count: number): string => `iccid,rate_plan,usage_mb${",x".repeat(count)}\n`;
  await expectRefused({ "devices.csv": columns(100_000) }, INPUTS, "devices.csv", "columns; at most");
  await expectRefused({ "devices.csv": columns(1_000_000) }, INPUTS, "devices.csv:1", "first line is longer");
});

test("a file that cannot be read through is refused", async () => {
  const cut = gzipSync(DEVICES.repeat(50)).subarray(0, 80);
  await expectRefused({ "devices.csv": cut }, INPUTS, "devices.csv", "cut off");
  await expectRefused({}, INPUTS.with(1, "none.csv"), "none.csv does not exist");
  await expectRefused({}, INPUTS.with(1, "."), "is a folder");
});

test("an ICCID in scientific notation is refused with the mend", async () => {
  await expectRefused(
    { "devices.csv": DEVICES.replace(ICCIDS[1], "8.90141E+19") },
    INPUTS,
    'devices.csv:3, column "iccid"',
    "scientific notation",
    "formatted as Text",
  );
});

test("an ICCID that stands twice is refused where the rows differ, and counted once where they do not", async () => {
  await expectRefused(
    { "devices.csv": `${DEVICES}${ICCIDS[0]},SMALL,0.4\n` },
    INPUTS,
    "devices.csv:5",
    ICCIDS[0],
    "line 2",
  );
  await put({ "devices.csv": `${DEVICES}${ICCIDS[0]},LARGE,0.4\n` });
  const { status, out } = await optimize(...INPUTS, "--json");
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ devices: 3, optimized_cost: "3.50" });
});

test("a usage that is no plain decimal above zero is refused by line, column and what was expected", async () => {
  for (const [usage, message] of [
    ["-1", "negative"],
    ["NaN", "is not a number"],
    ['"1,234.5"', "thousands separators. Write 1234.5"],
    ["1e3", "scientific notation"],
    ["3 MB", "carries a unit"],
    ["1073741825", "past 1 PiB"],
    ["=1+1", "is not a number"],
  ] as const) {
    await expectRefused(
      { "devices.csv": DEVICES.replace("3.0", usage) },
      INPUTS,
      'devices.csv:4, column "usage_mb"',
      message,
    );
  }
});

test("13 decimals in a price are refused, not rounded away", async () => {
  await expectRefused(
    { "plans.csv": PLANS.replace("3.00", "3.0000000000001") },
    INPUTS,
    'plans.csv:3, column "monthly_cost"',
    "12",
  );
});

test("a plan that is not in the plans file is refused, with the one that was meant", async () => {
  await expectRefused(
    { "devices.csv": DEVICES.replace("LARGE", "LARGES") },
    INPUTS,
    'devices.csv:2, column "rate_plan"',
    '"LARGES" is not in the plans file',
    '"LARGE"',
  );
  await expectRefused(
    { "eligibility.csv": "communication_plan,plan\nLTE,TINY\n" },
    [...INPUTS, "--eligibility", "eligibility.csv"],
    'eligibility.csv:2, column "plan"',
    '"TINY" is not in the plans file',
  );
});

test("plans of one pool that disagree are refused, with both lines", async () => {
  await expectRefused(
    {
      "plans.csv":
        "plan,type,monthly_cost,included_mb,pool,overage_rate,overage_block_mb\n" +
        "SMALL,pooled,1.00,1,M2M,0.50,1\nLARGE,pooled,3.00,10,M2M,0.60,1\n",
    },
    INPUTS,
    'plans.csv:3, column "overage_rate"',
    "is 0.6, but 0.5",
    "on line 2",
  );
});

test("an invalid plan is refused, and with --quarantine set aside and reported", async () => {
  const plans = `${PLANS}BROKEN,individual,2.00,5,,1,,\n`;
  await expectRefused(
    { "plans.csv": plans },
    INPUTS,
    'plans.csv:4, column "plan"',
    "overage_rate is missing",
  );
  const { status, out } = await optimize(...INPUTS, "--quarantine", "--json");
  expect(status).toBe(0);
  const { notes } = JSON.parse(out) as { notes: string[] };
  expect(notes.join("\n")).toContain("Plan BROKEN is set aside");
});

test("every fault of a file is listed, the first 20 and how many more", async () => {
  const rows = Array.from({ length: 31 }, (_, i) => `890141032111185${String(10_000 + i)},LARGE,-1`);
  await put({ "devices.csv": `iccid,rate_plan,usage_mb\n${rows.join("\n")}\n` });
  const { status, err } = await optimize(...INPUTS);
  expect(status).toBe(2);
  expect(err.match(/^ {2}\S*devices\.csv:\d+, column "usage_mb"/gm)).toHaveLength(20);
  expect(err).toContain("… and 11 more");
});

test("more rows may be set aside where that is asked for, and verify accepts what comes of it", async () => {
  const files = { "devices.csv": `${DEVICES}${ICCIDS[0].slice(0, -1)}9,LARGE,-1\n` };
  await expectRefused(files, INPUTS, "1 of 4 rows", "--max-quarantined", 'devices.csv:5, column "usage_mb"');
  await expectRefused(files, [...INPUTS, "--max-quarantined", "24.9"], "at most 24.9 %");
  const { status, out } = await optimize(...INPUTS, "--max-quarantined", "25", "--out", "out", "--json");
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ devices: 4, quarantined: 1 });
  expect((await readFile(join(folder, "out/assignments.csv"), "utf8")).split("\n")[4]).toContain("negative");
  expect(await verify(...INPUTS, ...RESULT)).toMatchObject({ status: 0, err: "" });
});

test("a fault that is alone is said once", async () => {
  await put({ "devices.csv": DEVICES.replace("3.0", "-3.0") });
  const { err } = await optimize(...INPUTS);
  expect(err.match(/is negative/g)).toHaveLength(1);
});

test("totals past the bounds are refused, never wrong", async () => {
  const rows = Array.from({ length: 9 }, (_, i) => `8901410321111851000${i},LARGE,1073741824`);
  await expectRefused(
    { "devices.csv": `iccid,rate_plan,usage_mb\n${rows.join("\n")}\n` },
    INPUTS,
    "devices.csv",
    "2^53",
  );
  await expectRefused(
    { "plans.csv": PLANS.replace("3.00", "1000000001") },
    INPUTS,
    'plans.csv:3, column "monthly_cost"',
  );
});

test("a SIM whose communication plan may carry no plan stays where it is, with the reason", async () => {
  await put({
    "devices.csv":
      "iccid,rate_plan,usage_mb,communication_plan\n" +
      `${ICCIDS[0]},LARGE,0.4,LTE\n${ICCIDS[1]},LARGE,0.4,2G\n${ICCIDS[2]},LARGE,3.0,LTE\n`,
    "eligibility.csv": "communication_plan,plan\nLTE,SMALL\nLTE,LARGE\n",
  });
  const args = [...INPUTS, "--eligibility", "eligibility.csv"];
  const { status } = await optimize(...args, "--out", "out");
  expect(status).toBe(0);
  const line = (await readFile(join(folder, "out/assignments.csv"), "utf8")).split("\n")[2];
  expect(line).toMatch(new RegExp(`^${ICCIDS[1]},LARGE,LARGE,no,`));
  expect(line).toContain("2G");
  expect((await verify(...args, ...RESULT)).status).toBe(0);
});

test("limits that no assignment keeps end with exit status 1 and are named", async () => {
  for (const [plans, more, limit] of [
    [PLANS.replace("0.50,1,,\nLARGE", "0.50,1,4,\nLARGE"), [], "SMALL"],
    [PLANS.replaceAll("0.50,1,,", "0.50,1,,1"), [], "max_devices"],
    [PLANS.replace("0.50,1,,\nLARGE", "0.50,1,2,\nLARGE"), ["--max-changes", "1"], "changes"],
  ] as const) {
    await put({ "plans.csv": plans });
    const { status, out, err } = await optimize(...INPUTS, ...more, "--out", "none");
    expect(err).toContain(limit);
    expect(out).toBe("");
    expect(status, err).toBe(1);
    expect(await written("none")).toEqual([]);
  }
});

test("an output folder that cannot be written is refused before anything is read", async () => {
  const { status, out, err } = await optimize(
    "--devices",
    "none.csv",
    "--plans",
    "p.csv",
    "--out",
    "plans.csv",
  );
  expect(err).toContain("plans.csv");
  expect(err).not.toContain("none.csv");
  expect(out).toBe("");
  expect(status).toBe(2);
  expect(await readFile(join(folder, "plans.csv"), "utf8")).toBe(PLANS);
});

test("only one file can come from standard input", async () => {
  await expectRefused({}, ["--devices", "-", "--plans", "-"], "--devices and --plans are all -");
});

test("options that are wrong are named, with what they take", async () => {
  for (const [args, message] of [
    [["--switch-cost", "cheap"], '--switch-cost is "cheap"; expected an amount'],
    [["--min-saving", "-1"], '--min-saving is "-1"'],
    [["--max-changes", "2.5"], '--max-changes is "2.5"; expected a whole number'],
    [["--time-limit", "0"], '--time-limit is "0"; expected seconds > 0'],
    [["--strategy", "best"], '--strategy is "best"; expected all or one of certified'],
    [["--max-quarantined", "1%"], '--max-quarantined is "1%"; expected a percentage'],
    [["--max-quarantined", "101"], "expected a percentage from 0 to 100"],
    [["--currency", "dollars"], '--currency is "dollars"; expected an ISO 4217 code'],
    [["--period-start", "2026-06-01"], "--period-start and --period-end go together"],
    [["--period-start", "2026-06-31", "--period-end", "2026-07-01"], "2026-06-31"],
    [["--pools", ""], '--pools is ""; expected the path of a file'],
    [["--limit", "3"], "unknown option"],
  ] as const) {
    await expectRefused({}, [...INPUTS, ...args], message);
  }
  await expectRefused({}, INPUTS.slice(2), "--devices");
});

test("an empty folder name is refused, so that a variable that is not set writes nowhere", async () => {
  const { status, err } = await optimize(...INPUTS, "--out", "");
  expect(err).toContain('--out is ""; expected the path of a folder');
  expect(status).toBe(2);
  expect((await readdir(folder)).toSorted()).toEqual(["devices.csv", "plans.csv"]);
});

test("a cell that begins like a formula is data to us and text to a spreadsheet, and verify reads it back", async () => {
  await put({
    "plans.csv": PLANS.replace("SMALL", "=P1").replace("LARGE", "@P2"),
    "devices.csv": DEVICES.replaceAll("LARGE", "@P2")
      .replace("usage_mb", "usage_mb,note")
      .replaceAll(/\.(\d)\n/g, ".$1,=1+1\n"),
  });
  expect((await optimize(...INPUTS, "--out", "out")).status).toBe(0);
  const [, first = ""] = (await readFile(join(folder, "out/assignments.csv"), "utf8")).split("\n");
  expect(first).toMatch(new RegExp(`^${ICCIDS[0]},'@P2,'=P1,yes,.*,'=1\\+1$`));
  const accepted = await verify(...INPUTS, ...RESULT);
  expect(accepted.out).toContain("The certificate holds.");
  expect(accepted.status).toBe(0);
});
