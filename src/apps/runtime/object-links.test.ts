import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { objectLinks } from "./object-links.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-links-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("whoever-shares-the-objects-makes-the-same-links-even-when-all-begin-at-once", async () => {
  const OBJECT_STORE = join(folder, "shared");
  const made = await Promise.all(
    Array.from({ length: 20 }, async (_, machine) =>
      objectLinks({
        PUBLIC_URL: "https://poolwise.example/",
        OBJECT_STORE,
        DATA_DIR: join(folder, `${machine}`),
      }),
    ),
  );
  const later = await objectLinks({ PUBLIC_URL: "https://poolwise.example", OBJECT_STORE, DATA_DIR: folder });
  expect(later?.address).toBe("https://poolwise.example/objects");
  expect(later?.secret).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(made.map((links) => links?.secret))).toEqual(new Set([later?.secret]));
  expect(await readdir(OBJECT_STORE)).toEqual([".link-secret"]);
  expect((await stat(join(OBJECT_STORE, ".link-secret"))).mode & 0o777).toBe(0o600);
});

test("nobody-makes-a-secret-where-there-is-no-address-for-links", async () => {
  expect(
    await objectLinks({ PUBLIC_URL: undefined, OBJECT_STORE: undefined, DATA_DIR: folder }),
  ).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});
