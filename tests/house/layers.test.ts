import { execFile } from "node:child_process";
import { cp, glob, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOMS, type Room } from "../../layers.ts";

const root = resolve(import.meta.dirname, "../..");

interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly message: string;
}

function folderOf(room: Room): string {
  return room.name === "simulator" ? "simulator" : join("src", room.name);
}

function specifierTo(from: Room, to: Room): string {
  const path = relative(join(folderOf(from), "planted"), join(folderOf(to), "target.ts"));
  return path.replaceAll("\\", "/");
}

const forbiddenPairs = ROOMS.flatMap((from) =>
  ROOMS.filter((to) => to !== from && !from.imports.includes(to.name)).map((to) => ({ from, to })),
);
const allowedPairs = ROOMS.flatMap((from) =>
  ROOMS.filter((to) => to === from || from.imports.includes(to.name)).map((to) => ({ from, to })),
);
const pureRooms = ROOMS.filter((room) => room.packages === "none");

/** What a pure room must not write, by the file that plants it. */
const IMPURE: Readonly<Record<string, string>> = {
  "node-module": 'import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n',
  "bare-node-module": 'import { readFileSync } from "fs";\nexport const read = readFileSync;\n',
  package: 'import { z } from "zod";\nexport const schema = z.string();\n',
  "type-import": 'import type { Readable } from "node:stream";\nexport type Source = Readable;\n',
  "re-export": 'export { readFileSync } from "node:fs";\n',
  clock: "export const now = () => Date.now();\n",
  randomness: "export const draw = () => Math.random();\n",
  environment: "export const home = () => process.env.HOME;\n",
};

const findings: Finding[] = [];
let copy: string;

async function plant(path: string, text: string): Promise<void> {
  const file = join(copy, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

beforeAll(async () => {
  copy = await realpath(await mkdtemp(join(tmpdir(), "poolwise-layers-")));
  for (const file of ["oxlint.config.ts", "layers.ts", "tsconfig.json", "package.json"]) {
    await cp(join(root, file), join(copy, file));
  }
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  for (const room of ROOMS) {
    await plant(
      join(folderOf(room), "target.ts"),
      "export interface Target {\n  readonly name: string;\n}\n",
    );
  }
  for (const room of ROOMS) {
    await plant(
      join(folderOf(room), "fixtures/small.ts"),
      'import fc from "fast-check";\nexport const any = fc;\n',
    );
    const text = 'import { any } from "../fixtures/small.ts";\nexport const planted = any;\n';
    await plant(join(folderOf(room), "planted/imports-fixture.ts"), text);
  }
  for (const { from, to } of [...forbiddenPairs, ...allowedPairs]) {
    const text = `import type { Target } from "${specifierTo(from, to)}";\nexport type Planted = Target;\n`;
    await plant(join(folderOf(from), "planted", `imports-${to.name}.ts`), text);
  }
  for (const room of pureRooms) {
    for (const [name, text] of Object.entries(IMPURE)) {
      await plant(join(folderOf(room), "planted", `${name}.ts`), text);
    }
  }
  await plant(
    "src/reports/planted/ring-a.ts",
    'import { b } from "./ring-b.ts";\nexport const a = (): number => b();\n',
  );
  await plant(
    "src/reports/planted/ring-b.ts",
    'import { a } from "./ring-a.ts";\nexport const b = (): number => a();\n',
  );
  await plant(
    "src/reports/planted/floating.ts",
    "const wait = async (): Promise<void> => {};\nexport function start(): void {\n  wait();\n}\n",
  );
  await plant("src/reports/planted/loose.ts", "export const loose = (x: any): unknown => x;\n");
  await plant("src/reports/planted/bang.ts", "export const first = (xs: string[]): string => xs[0]!;\n");
  findings.push(...(await lint(copy)));
}, 120_000);

afterAll(() => rm(copy, { recursive: true, force: true }));

function lint(folder: string): Promise<Finding[]> {
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      [oxlint, "--format", "json", "src", "simulator"],
      { cwd: folder, maxBuffer: 1 << 26 },
      (error, stdout) => {
        try {
          const { diagnostics } = JSON.parse(stdout) as {
            diagnostics: { filename: string; code: string; message: string; help?: string }[];
          };
          done(
            diagnostics.map((d) => ({
              file: d.filename,
              rule: d.code,
              message: `${d.message} ${d.help ?? ""}`,
            })),
          );
        } catch {
          fail(new Error(`oxlint did not answer in JSON: ${error?.message ?? ""} ${stdout}`));
        }
      },
    );
  });
}

function rulesAt(path: string): string[] {
  return findings.filter((finding) => finding.file === path).map((finding) => finding.rule);
}

test.each(forbiddenPairs.map(({ from, to }) => [from.name, to.name, from, to] as const))(
  "%s may not import %s",
  (_from, _to, from, to) => {
    const path = join(folderOf(from), "planted", `imports-${to.name}.ts`);
    expect(rulesAt(path)).toContain("eslint(no-restricted-imports)");
    const text = findings.find((finding) => finding.file === path)?.message;
    expect(text).toContain(from.instead.slice(0, 40));
  },
);

test("lets every room import itself and the rooms below it", () => {
  for (const { from, to } of allowedPairs) {
    expect(rulesAt(join(folderOf(from), "planted", `imports-${to.name}.ts`))).toEqual([]);
  }
});

test.each(pureRooms.map((room) => [room.name, room] as const))("%s stays pure", (_name, room) => {
  for (const name of Object.keys(IMPURE)) {
    const rules = rulesAt(join(folderOf(room), "planted", `${name}.ts`));
    expect(rules.join(), `${room.name}/${name}`).toMatch(/no-restricted-(imports|globals|properties)/);
  }
});

test("no source may import a fixture", () => {
  for (const room of ROOMS) {
    const rules = rulesAt(join(folderOf(room), "planted/imports-fixture.ts"));
    expect(rules, room.name).toEqual(["eslint(no-restricted-imports)"]);
  }
});

test("finds an import cycle, a floating promise, an any and a non-null assertion", () => {
  expect(rulesAt("src/reports/planted/ring-a.ts")).toContain("import(no-cycle)");
  expect(rulesAt("src/reports/planted/floating.ts")).toContain("typescript(no-floating-promises)");
  expect(rulesAt("src/reports/planted/loose.ts")).toContain("typescript(no-explicit-any)");
  expect(rulesAt("src/reports/planted/bang.ts")).toContain("typescript(no-non-null-assertion)");
});

/** The linter does not see `import("…")`, so every specifier of the real sources is checked once more as text. */
test("no source of a room reaches a forbidden room, by dynamic import either", async () => {
  const trespasses: string[] = [];
  for (const room of ROOMS) {
    for await (const file of glob(`${folderOf(room)}/**/*.ts`, { cwd: root })) {
      if (file.endsWith(".test.ts") || file.includes("/fixtures/")) continue;
      const text = await readFile(join(root, file), "utf8");
      for (const [, specifier = ""] of text.matchAll(/(?:\bfrom|\bimport\s*\(?)\s*["']([^"']+)["']/g)) {
        const target = roomOf(file, specifier);
        const trespass =
          target === undefined
            ? !specifier.startsWith(".") && room.packages === "none"
            : target !== room.name && !room.imports.includes(target);
        if (trespass) trespasses.push(`${file} imports ${specifier}`);
      }
    }
  }
  expect(trespasses).toEqual([]);
});

function roomOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const [top, second] = relative(root, resolve(root, dirname(file), specifier)).split(/[\\/]/);
  return top === "src" ? second : top === "simulator" ? top : undefined;
}
