import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../src/billing/errors.ts";

interface Row {
  readonly title: string;
  readonly exit: number;
  readonly retry: boolean;
}

/** The rows `| \`code\` | title | exit | retry | … |` of the table. */
async function documented(): Promise<Record<string, Row>> {
  const text = await readFile(resolve(import.meta.dirname, "../../docs/errors.md"), "utf8");
  const rows = text.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| (\d) \| (yes|no) \| [^|]{20,} \|$/gm);
  return Object.fromEntries(
    [...rows].map(([, code = "", title = "", exit, retry]) => [
      code,
      { title: title.trim(), exit: Number(exit), retry: retry === "yes" },
    ]),
  );
}

test("docs/errors.md lists every code of the registry, and no other, with its title, exit status and retry", async () => {
  const registry = Object.fromEntries(
    Object.entries(ERROR_CODES).map(([code, { title, exit, retry }]) => [code, { title, exit, retry }]),
  );
  expect(await documented()).toEqual(registry);
});
