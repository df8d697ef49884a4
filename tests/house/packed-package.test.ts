import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const env = { ...process.env, NO_COLOR: "1" };

let folder: string;
let installed: string;
let packed: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-packed-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root, env });
  const answer = JSON.parse(stdout.slice(stdout.indexOf("\n[") + 1)) as PackAnswer[];
  const [archive] = answer;
  if (archive === undefined) throw new Error(`npm pack said: ${stdout}`);
  packed = archive.files.map((file) => file.path);
  installed = join(folder, "empty");
  await mkdir(installed);
  await writeFile(join(installed, "package.json"), '{ "private": true, "allowScripts": { "node": true } }');
  await run(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", join(folder, archive.filename)],
    {
      cwd: installed,
      env,
    },
  );
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

interface PackAnswer {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function poolwise(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(join(installed, "node_modules/.bin/poolwise"), args, { cwd: installed, env });
}

test("holds the compiled program, the launcher, the licence and the README, and neither sources nor tests", () => {
  const documents = [
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "docs/files.md",
    "examples/verizon-invoice/devices.csv",
  ];
  for (const path of ["bin/poolwise", "dist/src/apps/cli/main.js", ...documents]) {
    expect(packed).toContain(path);
  }
  expect(packed.filter((path) => /^src\/|^tests\/|\.test\.|\.ts$|\/fixtures\//.test(path))).toEqual([]);
});

test("tells its version from an empty folder", async () => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  expect((await poolwise("--version")).stdout).toBe(`${version}\n`);
});

test("optimises a fleet and proves it", async () => {
  await writeFile(
    join(installed, "plans.csv"),
    "plan,type,monthly_cost,included_mb,overage,overage_rate,overage_block_mb\n" +
      "SMALL,pooled,1.00,1,charge,0.50,1\n" +
      "LARGE,pooled,3.00,10,charge,0.50,1\n",
  );
  await writeFile(
    join(installed, "devices.csv"),
    "iccid,rate_plan,usage_mb\n" +
      "89014103211118510720,LARGE,0.4\n" +
      "89014103211118510721,LARGE,0.4\n" +
      "89014103211118510722,LARGE,3.0\n",
  );
  const files = ["--devices", "devices.csv", "--plans", "plans.csv"];
  await poolwise("optimize", ...files, "--out", "out");
  const summary = JSON.parse(await readFile(join(installed, "out/summary.json"), "utf8")) as Record<
    string,
    unknown
  >;
  expect(summary).toMatchObject({ devices: 3, baseline_cost: "9.00", optimized_cost: "3.50" });
  const proof = ["--assignments", "out/assignments.csv", "--certificate", "out/certificate.json"];
  await expect(poolwise("verify", ...files, ...proof)).resolves.toBeDefined();
});
