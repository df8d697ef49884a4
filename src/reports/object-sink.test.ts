import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFolderObjects } from "../adapters/objects-folder/open-folder-objects.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { smallRun } from "./fixtures/small-run.ts";
import { objectSink } from "./object-sink.ts";
import { REPORT_NAMES, writeReports } from "./write-reports.ts";

describe("reports as objects", () => {
  let folder = "";
  let store: ObjectStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "objects-"));
    store = await openFolderObjects({ folder });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function keysOf(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key);
    return keys;
  }

  it("holds every report under its prefix", async () => {
    const { run, rows } = smallRun();
    await writeReports(run, rows, objectSink(store, "sessions/7/"), { inputs: {} });
    const keys = await keysOf("sessions/7/");
    expect(keys).toEqual(REPORT_NAMES.map((name) => `sessions/7/${name}`).sort());
    expect(await text(await store.get("sessions/7/report.html"))).toContain("</html>");
  });

  it("leaves nothing of an object that is given up", async () => {
    const stream = await objectSink(store, "sessions/8/").open("a.txt");
    stream.on("error", () => undefined);
    stream.write("half");
    stream.destroy(new Error("stop"));
    await expect.poll(async () => await store.head("sessions/8/a.txt")).toBeUndefined();
    expect(await keysOf("sessions/8/")).toEqual([]);
  });

  it("fails with the store's own error", async () => {
    const stream = await objectSink(store, "../").open("a.txt");
    stream.end("x");
    await expect(finished(stream)).rejects.toMatchObject({ code: "object-key-invalid" });
  });
});
