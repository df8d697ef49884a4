import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createContext } from "./context.ts";
import { run } from "./program.ts";

const COMMANDS = { verify: () => import("./verify.ts") };
const NAMES = ["devices.csv", "plans.csv", "assignments.csv", "certificate.json"] as const;
type Name = (typeof NAMES)[number];
const ALL = NAMES.flatMap((name) => [`--${name.replace(/\..*/, "")}`, name]);

let folder = "";
let example: Readonly<Record<Name, string>>;

/** The worked example of docs/certificate.md, block by block. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-verify-"));
  const page = await readFile(new URL("../../../docs/certificate.md", import.meta.url), "utf8");
  const blockOf = (name: Name): string => {
    const block = new RegExp(`\`${name}\`:[^\`]*\`\`\`\\w+\\n(.*?)\`\`\``, "s").exec(
      page.slice(page.indexOf("## Worked example")),
    );
    if (block?.[1] === undefined) throw new Error(`docs/certificate.md shows no ${name}`);
    return block[1];
  };
  example = {
    "devices.csv": blockOf("devices.csv"),
    "plans.csv": blockOf("plans.csv"),
    "assignments.csv": blockOf("assignments.csv"),
    "certificate.json": blockOf("certificate.json"),
  };
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function verify(
  args: readonly string[],
  changed: Partial<Record<Name, string | Buffer>> = {},
  stdin: Readable = new PassThrough(),
) {
  for (const name of NAMES) await writeFile(join(folder, name), changed[name] ?? example[name]);
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
  const status = await run(["verify", "--quiet", ...args], context, COMMANDS);
  return { status, ...texts };
}

test("the worked example of the docs holds, to its last figure", async () => {
  const { status, out, err } = await verify([...ALL, "--json"]);
  expect(err).toBe("");
  expect(JSON.parse(out)).toEqual({
    holds: true,
    reasons: [],
    reason_count: 0,
    claimed: {
      bill: "5.00",
      bound: "5.25",
      gap: 0,
      lattice: "0.25",
      settings: {
        currency: "USD",
        period: null,
        switch_cost: "0.25",
        min_saving: "0.00",
        max_changes: null,
        quarantine: false,
      },
    },
    recomputed: {
      devices: 4,
      billed_devices: 3,
      quarantined: 0,
      baseline: "5.50",
      bill: "5.00",
      penalties: "0.25",
      changes: 1,
      bound: "5.25",
      leaves: 3,
      empty_leaves: 0,
    },
  });
  expect(status).toBe(0);
});

test("the least leaf of the worked example is the one the docs name", async () => {
  const unrounded = example["certificate.json"].replace('"lattice": "0.25"', '"lattice": null');
  const { status, out } = await verify(ALL, { "certificate.json": unrounded });
  expect(status).toBe(1);
  expect(out).toContain("bound is 5.25; the proof comes to 5.15.");
});

test("says in words that it holds, with the figures", async () => {
  const { status, out } = await verify(ALL);
  expect(status).toBe(0);
  expect(out).toMatch(/^The certificate holds\.\n/);
  expect(out).toMatch(/Bill, USD +5\.00 +5\.00/);
  expect(out).toContain("switching cost 0.25; minimum saving 0.00; any number of changes.");
});

test("SIMs cannot be left out of the bill by naming other states as billed", async () => {
  const certificate = example["certificate.json"]
    .replace('["", "ACTIVATED", "ACTIVE"]', '["ACTIVATED"]')
    .replace('"bill": "5.00"', '"bill": "0"')
    .replace('"bound": "5.25"', '"bound": "0"');
  const assignments = example["assignments.csv"]
    .replace("P5,yes", "P1,no")
    .replaceAll(/,[\d.]+,[\d.]+,[\d.]+,/g, ",,,,");
  const { status, out } = await verify(ALL, {
    "certificate.json": certificate,
    "assignments.csv": assignments,
  });
  expect(out).toContain('settings.billable_statuses is ["ACTIVATED"]; expected ["","ACTIVATED","ACTIVE"].');
  expect(status).toBe(1);
});

test("a tampered file does not hold: exit status 1, the reason and the same in JSON", async () => {
  const bill = example["certificate.json"].replace('"bill": "5.00"', '"bill": "4.99"');
  const devices = example["devices.csv"].replace("0.5", "0.6");
  const cost = example["assignments.csv"].replace("3.50,3.00,0.50", "3.50,2.99,0.51");
  for (const [changed, reason] of [
    [{ "certificate.json": bill }, "bill is 4.99; the assignment comes to 5.00."],
    [{ "devices.csv": devices }, "The devices file has SHA-256"],
    [{ "assignments.csv": cost }, "recommended_cost is 2.99; it comes to 3.00."],
    [{ "certificate.json": "{}" }, 'The certificate has no field "format".'],
    [{ "certificate.json": "[]" }, "The certificate is a list"],
  ] as const) {
    const { status, out, err } = await verify(ALL, changed);
    expect(err).toBe("");
    expect(out).toContain("The certificate does not hold.");
    expect(out).toContain(reason);
    expect(status).toBe(1);
    expect(JSON.parse((await verify([...ALL, "--json"], changed)).out)).toMatchObject({ holds: false });
  }
});

test("settings are the certificate's, and those that are given must agree", async () => {
  const agreed = ["--currency", "USD", "--switch-cost", "0.250", "--min-saving", "0"];
  expect((await verify([...ALL, ...agreed])).status).toBe(0);
  for (const [given, reason] of [
    [["--currency", "EUR"], "settings.currency is USD; expected EUR."],
    [["--switch-cost", "0.2"], "settings.switch_cost is 0.25; expected 0.20."],
    [["--min-saving", "0.01"], "settings.min_saving is 0.00; expected 0.01."],
    [["--max-changes", "3"], "settings.max_changes is null; expected 3."],
    [["--period-start", "2026-06-01"], "settings.period.start is null; expected 2026-06-01."],
    [["--quarantine"], "settings.quarantine is false; expected true."],
  ] as const) {
    const { status, out } = await verify([...ALL, ...given]);
    expect(out).toContain(reason);
    expect(status).toBe(1);
  }
});

test("files and options that are wrong end with exit status 2 and nothing on standard output", async () => {
  for (const [args, changed, message] of [
    [[...ALL, "--switch-cost", "cheap"], {}, '--switch-cost is "cheap"'],
    [[...ALL, "--max-changes", "-1"], {}, '--max-changes is "-1"'],
    [ALL.slice(2), {}, "--devices"],
    [ALL.with(1, "none.csv"), {}, "none.csv"],
    [ALL.with(1, "-").with(3, "-"), {}, "--devices and --plans are all -"],
    [ALL, { "certificate.json": "bill: 5" }, "not JSON"],
    [ALL, { "certificate.json": Buffer.from([0x7b, 0xff, 0x7d]) }, "not UTF-8"],
    [ALL, { "assignments.csv": "" }, "empty"],
    [ALL, { "assignments.csv": "iccid,changed\n1,no\n" }, "recommended_plan"],
    [ALL, { "assignments.csv": "current_plan" }, "iccid"],
  ] as const) {
    const { status, out, err } = await verify(args, changed);
    expect(err, args.join(" ")).toContain(message);
    expect(out).toBe("");
    expect(status).toBe(2);
  }
});

test("reads compressed files and standard input, and columns that were carried through", async () => {
  const [header = "", ...rows] = example["assignments.csv"].trimEnd().split("\n");
  const carried = [`${header},Saving,note`, ...rows.map((row) => `${row},9,"a, b"`)].join("\r\n");
  const { status, err } = await verify(ALL, {
    "assignments.csv": gzipSync(`\uFEFF${carried}\r\n`),
    "certificate.json": gzipSync(example["certificate.json"]),
  });
  expect(err).toBe("");
  expect(status).toBe(0);
  const piped = ALL.with(ALL.indexOf("certificate.json"), "-");
  expect((await verify(piped, {}, Readable.from([Buffer.from(example["certificate.json"])]))).status).toBe(0);
});
