import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createContext } from "./context.ts";
import { run } from "./program.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-fleet-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function generate(...options: string[]): Promise<{ status: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const context = createContext({ stdin: new PassThrough(), stdout, stderr, env: {}, cwd: () => folder });
  const commands = { "generate-fleet": () => import("./generate-fleet.ts") };
  const status = await run(["generate-fleet", ...options], context, commands);
  const text = (stream: PassThrough): string => String(stream.read() ?? "");
  return { status, out: text(stdout), err: text(stderr) };
}

test("writes the files into a folder that it makes, and says what to do next", async () => {
  const { status, out } = await generate("--devices", "200", "--seed", "3", "--out", "a/fleet");
  expect(status).toBe(0);
  expect(out).toContain('poolwise optimize --devices "a/fleet/devices.csv" --plans "a/fleet/plans.csv"');
  expect((await readFile(join(folder, "a/fleet/devices.csv"), "utf8")).trim().split("\n")).toHaveLength(201);
});

test("--json is one document with the hash of each file", async () => {
  const { out } = await generate("--devices", "20", "--out", "fleet", "--json");
  const answer = JSON.parse(out) as {
    devices: number;
    files: { name: string; bytes: number; sha256: string }[];
  };
  expect(answer.devices).toBe(20);
  expect(answer.files.map((file) => file.name)).toEqual([
    "devices.csv",
    "plans.csv",
    "eligibility.csv",
    "pools.csv",
    "taxes.csv",
  ]);
  for (const file of answer.files) {
    const content = await readFile(join(folder, "fleet", file.name));
    expect(file).toMatchObject({
      bytes: content.length,
      sha256: createHash("sha256").update(content).digest("hex"),
    });
  }
});

test("does not write over files unless told to", async () => {
  await writeFile(join(folder, "devices.csv"), "mine");
  const refused = await generate("--devices", "20", "--out", ".");
  expect(refused.status).toBe(2);
  expect(refused.err).toContain("--force");
  expect(await readFile(join(folder, "devices.csv"), "utf8")).toBe("mine");
  expect((await generate("--devices", "20", "--out", ".", "--force")).status).toBe(0);
});

test.each([
  [["--devices", "0", "--out", "x"], "expected 1 to"],
  [["--devices", "ten", "--out", "x"], "whole number"],
  [["--devices", "10", "--out", ""], "the path of a folder"],
])("%j ends with status 2 and says why", async (options, expected) => {
  const { status, err } = await generate(...options);
  expect(status).toBe(2);
  expect(err).toContain(expected);
});

test("says that a folder cannot be written", async () => {
  await writeFile(join(folder, "file"), "");
  const { status, err } = await generate("--devices", "10", "--out", "file/fleet");
  expect(status).toBe(2);
  expect(err).toContain("file/fleet cannot be written");
});
