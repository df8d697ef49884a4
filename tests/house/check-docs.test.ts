import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findDeadReferences } from "./check-docs.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-docs-"));
  await mkdir(join(folder, "docs"));
  await mkdir(join(folder, "src"));
  await writeFile(join(folder, "src/there.ts"), "");
  await writeFile(join(folder, "docs/units.md"), "# Units\n\n## Money & data\n\n## Money & data\n");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("finds dead links, anchors and paths, with their line", async () => {
  await writeFile(
    join(folder, "README.md"),
    [
      "[gone](docs/gone.md)",
      "[anchor](docs/units.md#nowhere)",
      "`src/gone.ts` and `src/gone/**`",
      '<img src="docs/gone.svg">',
      "[outside](../../etc/passwd)",
      "[self](#nothing)",
    ].join("\n"),
  );
  expect(findDeadReferences(folder).map(({ line, target }) => `${line} ${target}`)).toEqual([
    "1 docs/gone.md",
    "2 docs/units.md#nowhere",
    "3 src/gone.ts",
    "3 src/gone/**",
    "4 docs/gone.svg",
    "5 ../../etc/passwd",
    "6 #nothing",
  ]);
});

test("lets what is there, what is elsewhere and what stands in a code block be", async () => {
  await writeFile(
    join(folder, "README.md"),
    [
      "# A title",
      "[units](docs/units.md) [data](docs/units.md#money--data-1) [top](#a-title) [web](https://example.org/x)",
      "`src/there.ts`, `src/*.ts`, `summary.json`, `npm test`, `a/b`",
      "```",
      "[gone](docs/gone.md)",
      "```",
    ].join("\n"),
  );
  expect(findDeadReferences(folder)).toEqual([]);
});

test("nothing in our own documentation points at what is not there", () => {
  expect(findDeadReferences(resolve(import.meta.dirname, "../.."))).toEqual([]);
});
