import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const launcher = join(root, "bin/poolwise");
/** PATH as a person has it: without the node_modules/.bin that npm puts first. */
const systemPath = (process.env.PATH ?? "")
  .split(":")
  .filter((folder) => !folder.includes("node_modules"))
  .join(":");

interface Answer {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

async function runLauncher(
  command: string,
  args: readonly string[],
  options: { cwd?: string; path?: string } = {},
): Promise<Answer> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? folder,
    env: { PATH: options.path ?? systemPath },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk.toString()));
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { status, signal, out: out.join(""), err: err.join("") };
}

/** A checkout that holds nothing but the launcher and a program that tells how it was started. */
async function makeCheckout(at: string, program: string, sources: "src" | "dist"): Promise<string> {
  const file = sources === "src" ? "src/apps/cli/main.ts" : "dist/src/apps/cli/main.js";
  await mkdir(join(at, "bin"), { recursive: true });
  await mkdir(dirname(join(at, file)), { recursive: true });
  await writeFile(join(at, "package.json"), '{ "type": "module" }');
  await writeFile(join(at, file), program);
  await cp(launcher, join(at, "bin/poolwise"));
  return join(at, "bin/poolwise");
}

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "poolwise launcher ")));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("runs from any folder, with the node of the system first on PATH", async () => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  expect(await runLauncher(launcher, ["--version"])).toMatchObject({
    status: 0,
    out: `${version}\n`,
    err: "",
  });
});

test("runs through a chain of links, absolute and relative", async () => {
  await symlink(launcher, join(folder, "first"));
  await symlink("first", join(folder, "second"));
  expect(await runLauncher(join(folder, "second"), ["--version"])).toMatchObject({ status: 0, err: "" });
  expect(await runLauncher("./second", ["--version"])).toMatchObject({ status: 0, err: "" });
});

test("starts Node 24 with the arguments as they are, and gives the exit status back", async () => {
  const program =
    "console.log(JSON.stringify([process.version, ...process.argv.slice(2)]));\nprocess.exitCode = 7;\n";
  const command = await makeCheckout(join(folder, "check out"), program, "src");
  await symlink(join(root, "node_modules"), join(folder, "check out/node_modules"));
  const args = ["a b", "", "*", 'q"uote', "new\nline", "--flag=x"];
  const answer = await runLauncher(command, args);
  expect(answer).toMatchObject({ status: 7, err: "" });
  const [version = "", ...seen] = JSON.parse(answer.out) as string[];
  expect(Number(version.slice(1).split(".")[0])).toBeGreaterThanOrEqual(24);
  expect(seen).toEqual(args);
});

test("is the program's own process, so that a signal reaches it", async () => {
  const program =
    'process.on("SIGTERM", () => process.exit(9));\nsetTimeout(() => {}, 60_000);\nconsole.log(process.pid);\n';
  const command = await makeCheckout(folder, program, "src");
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const child = spawn(command, [], { env: { PATH: systemPath }, stdio: ["ignore", "pipe", "inherit"] });
  const [pid] = (await once(child.stdout, "data")) as [Buffer];
  expect(Number(pid.toString())).toBe(child.pid);
  child.kill("SIGTERM");
  expect(await once(child, "close")).toEqual([9, null]);
});

test("finds the node beside it in node_modules and runs the compiled program, as when installed", async () => {
  const home = join(folder, "node_modules/poolwise");
  const command = await makeCheckout(home, "console.log(process.version, import.meta.filename);\n", "dist");
  await symlink(join(root, "node_modules/node"), join(folder, "node_modules/node"));
  const answer = await runLauncher(command, []);
  expect(answer).toMatchObject({ status: 0, err: "" });
  expect(answer.out).toMatch(/^v(2[4-9]|[3-9]\d)\./);
  expect(answer.out).toContain("dist/src/apps/cli/main.js");
});

test("without Node 24 anywhere it says so, and what to do", async () => {
  const command = await makeCheckout(folder, "", "src");
  await mkdir(join(folder, "old"));
  await writeFile(join(folder, "old/node"), "#!/bin/sh\necho v20.20.2\n");
  await chmod(join(folder, "old/node"), 0o755);
  const answer = await runLauncher(command, [], { path: `${join(folder, "old")}:/usr/bin:/bin` });
  expect(answer.status).toBe(2);
  expect(answer.err).toContain("needs Node 24 and found only Node 20");
  expect(answer.err).toContain("npm ci");
});

test("ends quietly when the reader of its output goes away", async () => {
  const child = spawn(launcher, ["--help"], { env: { PATH: systemPath }, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const err: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk.toString()));
  expect(await once(child, "close")).toEqual([0, null]);
  expect(err.join("")).toBe("");
});

test("is executable in the repository", async () => {
  await expect(access(launcher, 1)).resolves.toBeUndefined();
});
