import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What the tests read of a summary. */
export interface Summary {
  readonly baseline_cost: string;
  readonly optimized_cost: string;
  readonly lower_bound: string;
  readonly gap: number;
  readonly certificate: string;
  readonly strategies: readonly {
    readonly name: string;
    readonly cost: string;
    readonly feasible: boolean;
  }[];
  readonly [field: string]: unknown;
}

/** A folder of its own for `body`, removed afterwards. */
export async function inNewFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "poolwise-example-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the program itself, as a reader of the example would, and gives back what it prints. */
export async function poolwise(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(join(root, "bin/poolwise"), ["--quiet", ...args], { cwd: root });
  return stdout;
}

/** Optimises the files in `folder` and checks the result with `verify`. */
export async function optimizeAndVerify(folder: string, names: readonly string[]): Promise<Summary> {
  const inputs = names.flatMap((name) => [`--${name}`, join(resolve(root, folder), `${name}.csv`)]);
  return inNewFolder(async (result) => {
    await poolwise("optimize", ...inputs, "--out", result);
    const proof = [
      "--assignments",
      join(result, "assignments.csv"),
      "--certificate",
      join(result, "certificate.json"),
    ];
    const checked = JSON.parse(await poolwise("verify", ...inputs, ...proof, "--json")) as { holds: boolean };
    if (!checked.holds) throw new Error(`the certificate of ${folder} does not hold`);
    return JSON.parse(await readFile(join(result, "summary.json"), "utf8")) as Summary;
  });
}

/** What a strategy costs, as the summary lists it. */
export function costOf(summary: Summary, name: string): number {
  return Number(summary.strategies.find((strategy) => strategy.name === name)?.cost);
}
