import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { solveJobOf } from "../fixtures/solve-job.ts";
import type { SolvedUnit } from "../optimize/solve-job.ts";
import type { SessionReports } from "../finish/report-run.ts";
import { REPORT_NAMES } from "../../reports/write-reports.ts";
import type { FromThread } from "./messages.ts";
import { performJob } from "./perform-job.ts";
import { portWritable, readPort } from "./port-stream.ts";
import { startJob } from "./start-job.ts";

/** assignments.csv is the first of the reports. */
const WRITES = ["assignments", ...REPORT_NAMES];

async function* asBytes(pieces: Iterable<string>): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (const piece of pieces) yield Buffer.from(piece);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString("utf8");
}

/** Without what differs from one run to the next. */
function withoutSeconds(solved: SolvedUnit): unknown {
  return JSON.parse(JSON.stringify(solved, (key, value: unknown) => (key === "seconds" ? 0 : value)));
}

test("the-thread-stays-free-while-a-fleet-is-solved-in-another", async () => {
  const { job, lines } = solveJobOf(20_000);
  let solving = false;
  let ticks = 0;
  const timer = setInterval(() => {
    if (solving) ticks++;
  }, 5);
  const running = startJob<SolvedUnit>(job, {
    reads: { devices: asBytes(lines()) },
    writes: WRITES,
    onProgress: (stage) => {
      solving ||= stage === "certified";
    },
  });
  const solved = await running.result;
  solving = false;
  clearInterval(timer);
  await running.end();
  expect(solved.devices).toBe(20_000);
  expect(ticks).toBeGreaterThan(1);
});

test("a-thread-comes-to-the-same-bytes-as-this-one", async () => {
  const { job, lines } = solveJobOf(400);
  const running = startJob<SolvedUnit, SessionReports | undefined>(job, {
    reads: { devices: asBytes(lines()) },
    writes: WRITES,
  });
  const filesThere = Promise.all(WRITES.map((name) => textOf(running.output(name))));
  const there = withoutSeconds(await running.result);
  const [linesThere, reportThere] = await filesThere;
  const { costs } = (await running.over) ?? {};

  const read = new MessageChannel();
  const written = WRITES.map((name) => [name, new MessageChannel()] as const);
  const said: FromThread[] = [];
  const performed = performJob(
    {
      job,
      reads: { devices: read.port2 },
      writes: Object.fromEntries(written.map(([name, { port2 }]) => [name, port2])),
    },
    (each) => void said.push(each),
  );
  const writable = portWritable(read.port1);
  for (const line of lines()) writable.write(line);
  writable.end();
  const [linesHere, reportHere] = await Promise.all(written.map(([, { port1 }]) => textOf(readPort(port1))));
  await performed;
  const here = said.find((each) => each.kind === "result");

  expect(said.at(-1)).toMatchObject({ kind: "over", value: { costs } });
  expect(there).toEqual(withoutSeconds(here?.value as SolvedUnit));
  expect([linesThere, reportThere]).toEqual([linesHere, reportHere]);
  expect([linesThere, reportThere].map((text) => text?.split("\n").length)).toEqual([401, 402]);
});

test("the-assignments-come-whole-where-nobody-wants-the-reports-to-their-end", async () => {
  const { job, lines } = solveJobOf(20_000);
  const running = startJob<SolvedUnit, SessionReports | undefined>(job, {
    reads: { devices: asBytes(lines()) },
    writes: WRITES,
  });
  for await (const _ of running.output("report.xlsx")) break;
  expect((await textOf(running.output("assignments"))).split("\n")).toHaveLength(20_001);
  await expect(running.over).resolves.toBeUndefined();
});

test("an-abort-ends-a-solve-before-it-has-come-to-anything", async () => {
  const { job, lines } = solveJobOf(20_000);
  const stop = new AbortController();
  const reason = new Error("nobody waits for it");
  const running = startJob<SolvedUnit>(job, {
    reads: { devices: asBytes(lines()) },
    writes: WRITES,
    signal: stop.signal,
    onProgress: (stage) => {
      if (stage === "certified") stop.abort(reason);
    },
  });
  await expect(running.result).rejects.toBe(reason);
  await expect(textOf(running.output("assignments"))).rejects.toBe(reason);
});

test("a-thread-that-runs-out-of-memory-is-an-error-that-may-be-retried", async () => {
  const { job, lines } = solveJobOf(20_000);
  const running = startJob<SolvedUnit>(job, {
    reads: { devices: asBytes(lines()) },
    writes: WRITES,
    resourceLimits: { maxOldGenerationSizeMb: 10, maxYoungGenerationSizeMb: 2 },
  });
  await expect(running.result).rejects.toMatchObject({
    code: "calculation-stopped",
    data: { outOfMemory: true },
  });
});

test("an-error-of-the-job-comes-through-with-its-code", async () => {
  const { job } = solveJobOf(1);
  const running = startJob<SolvedUnit>(job, {
    reads: { devices: asBytes(["iccid,rate_plan,usage_mb,status\n89014100000000000000,P7,1,ACTIVATED\n"]) },
    writes: WRITES,
  });
  await expect(running.result).rejects.toMatchObject({ code: "input-invalid", faultCount: 1 });
  await expect(textOf(running.output("assignments"))).rejects.toMatchObject({ code: "input-invalid" });
});

test("what-a-read-stream-throws-is-the-jobs-error", async () => {
  const { job } = solveJobOf(1);
  const broken = new Error("the store is away");
  const running = startJob<SolvedUnit>(job, {
    reads: {
      devices: (async function* () {
        yield await Promise.resolve("iccid,rate_plan,usage_mb,status\n89014100000000000000,P1,1,ACTIVATED\n");
        throw broken;
      })(),
    },
    writes: WRITES,
  });
  await expect(running.result).rejects.toBe(broken);
});
