import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { objectStoreContract } from "../../ports/object-store-contract.ts";
import { isLinkValid, openFolderObjects } from "./open-folder-objects.ts";

async function inFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "poolwise-objects-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

objectStoreContract("folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "poolwise-objects-"));
  return {
    store: await openFolderObjects({ folder }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
});

test("a-reader-never-sees-half-an-object", () =>
  inFolder(async (folder) => {
    const store = await openFolderObjects({ folder });
    await store.put("report", "old");
    let seen: unknown;
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.from("new, ");
      seen = await store.head("report");
      yield Buffer.from("and longer");
    }
    await store.put("report", Readable.from(slow()));
    expect(seen).toMatchObject({ sizeBytes: 3 });
    expect(await store.head("report")).toMatchObject({ sizeBytes: 15 });
    expect(await readdir(join(folder, ".drafts"))).toEqual([]);
  }));

test("what-a-killed-process-left-half-written-is-cleared-away-after-a-day", () =>
  inFolder(async (folder) => {
    await openFolderObjects({ folder });
    const drafts = join(folder, ".drafts");
    await writeFile(join(drafts, "left"), "half");
    await writeFile(join(drafts, "being-written"), "half");
    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    await utimes(join(drafts, "left"), longAgo, longAgo);
    await openFolderObjects({ folder });
    expect(await readdir(drafts)).toEqual(["being-written"]);
  }));

test("a-link-is-good-for-its-key-and-its-time-only", () =>
  inFolder(async (folder) => {
    const store = await openFolderObjects({
      folder,
      links: { address: "http://127.0.0.1:8080/objects", secret: "s3cret" },
    });
    const url = new URL((await store.link("sessions/1/report.html", 60)) ?? "");
    expect(url.pathname).toBe("/objects/sessions/1/report.html");
    const [expires, signature] = [
      url.searchParams.get("expires") ?? "",
      url.searchParams.get("signature") ?? "",
    ];
    const now = Date.now();
    expect(isLinkValid("s3cret", "sessions/1/report.html", expires, signature, now)).toBe(true);
    expect(isLinkValid("s3cret", "sessions/1/report.html", expires, signature, now + 61_000)).toBe(false);
    expect(isLinkValid("s3cret", "sessions/2/report.html", expires, signature, now)).toBe(false);
    expect(isLinkValid("s3cret", "sessions/1/report.html", String(Number(expires) + 1), signature, now)).toBe(
      false,
    );
    expect(isLinkValid("other", "sessions/1/report.html", expires, signature, now)).toBe(false);
    expect(isLinkValid("s3cret", "sessions/1/report.html", expires, "", now)).toBe(false);
  }));

test("without-an-address-there-are-no-links", () =>
  inFolder(async (folder) => {
    expect(await (await openFolderObjects({ folder })).link("a", 60)).toBeUndefined();
  }));

test("a-folder-that-cannot-be-made-is-said", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "file"), "");
    await expect(openFolderObjects({ folder: join(folder, "file", "objects") })).rejects.toMatchObject({
      code: "object-store-failed",
    });
  }));
