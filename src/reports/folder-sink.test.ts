import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderSink } from "./folder-sink.ts";

describe("a folder of reports", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sink-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it("shows a file under its name only when it is whole", async () => {
    const target = join(folder, "deep", "er");
    const stream = await (await folderSink(target)).open("a.txt");
    stream.write("half");
    expect(await readdir(target)).not.toContain("a.txt");
    stream.end(" whole");
    await finished(stream);
    expect(await readdir(target)).toEqual(["a.txt"]);
    expect(await readFile(join(target, "a.txt"), "utf8")).toBe("half whole");
  });

  it("leaves what was there where writing is given up", async () => {
    await writeFile(join(folder, "b.txt"), "old");
    const stream = await (await folderSink(folder)).open("b.txt");
    stream.write("new");
    stream.destroy();
    await once(stream, "close");
    expect(await readFile(join(folder, "b.txt"), "utf8")).toBe("old");
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("refuses a folder that cannot be written, before anything is written", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(folderSink(join(folder, "file"))).rejects.toMatchObject({ code: "output-unwritable" });
    await expect(folderSink(join(folder, "file", "below"))).rejects.toMatchObject({
      code: "output-unwritable",
    });
  });

  it("refuses a folder where nothing can be made, and does not try for ever", async () => {
    for (const place of ["/proc/none/below", "/dev/null/below"]) {
      await expect(folderSink(place)).rejects.toMatchObject({
        code: "output-unwritable",
        message: expect.stringContaining(place.slice(0, 9)) as string,
      });
    }
  });

  it("refuses names that leave the folder", async () => {
    const sink = await folderSink(folder);
    for (const name of ["../x", "a/b", "..", ".hidden"])
      await expect(sink.open(name)).rejects.toMatchObject({ code: "output-unwritable" });
  });
});
