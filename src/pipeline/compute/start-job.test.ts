import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { solveJobOf } from "../fixtures/solve-job.ts";
import type { SolvedUnit } from "../optimize/solve-job.ts";
import type { FromThread } from "./messages.ts";
import { performJob } from "./perform-job.ts";
import { portWritable, readPort } from "./port-stream.ts";
import { startJob } from "./start-job.ts";

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
  const { job, rows } = solveJobOf(20_000);
  let solving = false;
  let ticks = 0;
  const timer = setInterval(() => {
    if (solving) ticks++;
  }, 5);
  const running = startJob<SolvedUnit>(job, {
    reads: { rows: asBytes(rows()) },
    writes: ["devices", "assignments"],
    onProgress: (stage) => {
      solving ||= stage === "certified";
    },
  });
  const [solved] = await Promise.all([running.result, textOf(running.output("devices"))]);
  solving = false;
  clearInterval(timer);
  await running.end();
  expect(solved.devices).toBe(20_000);
  expect(ticks).toBeGreaterThan(1);
});

test("a-thread-comes-to-the-same-bytes-as-this-one", async () => {
  const { job, rows } = solveJobOf(400);
  const running = startJob<SolvedUnit>(job, {
    reads: { rows: asBytes(rows()) },
    writes: ["devices", "assignments"],
  });
  const fileThere = await textOf(running.output("devices"));
  const there = withoutSeconds(await running.result);
  const linesThere = await textOf(running.output("assignments"));
  await running.over;

  const read = new MessageChannel();
  const file = new MessageChannel();
  const written = new MessageChannel();
  const said: FromThread[] = [];
  const performed = performJob(
    {
      job,
      reads: { rows: read.port2 },
      writes: { devices: file.port2, assignments: written.port2 },
    },
    (each) => void said.push(each),
  );
  const writable = portWritable(read.port1);
  for (const line of rows()) writable.write(line);
  writable.end();
  const fileHere = await textOf(readPort(file.port1));
  const linesHere = await textOf(readPort(written.port1));
  await performed;
  const here = said.find((each) => each.kind === "result");

  expect(said.at(-1)).toEqual({ kind: "over" });
  expect(there).toEqual(withoutSeconds(here?.value as SolvedUnit));
  expect(fileThere).toBe(fileHere);
  expect(linesThere).toBe(linesHere);
  expect(linesThere.split("\n")).toHaveLength(401);
});

test("an-abort-ends-a-solve-before-it-has-come-to-anything", async () => {
  const { job, rows } = solveJobOf(20_000);
  const stop = new AbortController();
  const reason = new Error("nobody waits for it");
  const running = startJob<SolvedUnit>(job, {
    reads: { rows: asBytes(rows()) },
    writes: ["devices", "assignments"],
    signal: stop.signal,
    onProgress: (stage) => {
      if (stage === "certified") stop.abort(reason);
    },
  });
  await textOf(running.output("devices"));
  await expect(running.result).rejects.toBe(reason);
  await expect(textOf(running.output("assignments"))).rejects.toBe(reason);
});

test("a-thread-that-runs-out-of-memory-is-an-error-that-may-be-retried", async () => {
  const { job, rows } = solveJobOf(20_000);
  const running = startJob<SolvedUnit>(job, {
    reads: { rows: asBytes(rows()) },
    writes: ["devices", "assignments"],
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
    reads: { rows: asBytes(["89014100000000000000\tP7\t1\t\tACTIVATED\n"]) },
    writes: ["devices", "assignments"],
  });
  textOf(running.output("devices")).catch(() => undefined);
  await expect(running.result).rejects.toMatchObject({ code: "input-invalid", faultCount: 1 });
  await expect(textOf(running.output("assignments"))).rejects.toMatchObject({ code: "input-invalid" });
});

test("what-a-read-stream-throws-is-the-jobs-error", async () => {
  const { job } = solveJobOf(1);
  const broken = new Error("the store is away");
  const running = startJob<SolvedUnit>(job, {
    reads: {
      rows: (async function* () {
        yield await Promise.resolve("89014100000000000000\tP1\t1\t\tACTIVATED\n");
        throw broken;
      })(),
    },
    writes: ["devices", "assignments"],
  });
  await expect(running.result).rejects.toBe(broken);
});
