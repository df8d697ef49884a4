import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import writeXlsxFile from "write-excel-file/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceTable } from "./device-table.ts";
import { fileOf, iccidOf, refusalOf, tariffOf } from "./fixtures/device-files.ts";
import { readDevices } from "./read-devices.ts";

const TARIFF = tariffOf(["Basic", "Plus"]);
const ROWS = 250;
const CSV = `iccid,rate_plan,usage_mb,owner\n${Array.from({ length: ROWS }, (_, i) => `${iccidOf(i)},${i % 2 === 0 ? "Basic" : "Plus"},${i / 8},Größe ${i}\n`).join("")}`;
const TABLE = CSV.trimEnd()
  .split("\n")
  .map((line) => line.split(","));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-files-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function saved(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function expectWhole(devices: DeviceTable): void {
  expect(devices.size).toBe(ROWS);
  for (const sim of [0, 1, 77, ROWS - 1]) {
    expect(devices.iccid(sim)).toBe(iccidOf(sim));
    expect(devices.ratePlan[sim]).toBe(sim % 2);
    expect(devices.usageBytes[sim]).toBe(sim * 131_072);
    expect(devices.carried(sim)).toEqual([`Größe ${sim}`]);
  }
}

function workbook(rows: readonly (readonly string[])[], numeric: readonly number[]): Promise<Buffer> {
  const cells = rows.map((row, r) =>
    row.map((text, c) =>
      r > 0 && numeric.includes(c) ? { type: Number, value: Number(text) } : { type: String, value: text },
    ),
  );
  return writeXlsxFile(cells).toBuffer();
}

function parquet(
  columns: Readonly<Record<string, { data: unknown[]; type: string }>>,
  rowGroupSize = 100,
): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: Object.entries(columns).map(([name, column]) => ({ name, ...column })) as Parameters<
        typeof parquetWriteBuffer
      >[0]["columnData"],
      rowGroupSize,
    }),
  );
}

function damagedAtTheEnd(packed: Buffer): Buffer {
  packed.writeUInt32LE(packed.readUInt32LE(packed.length - 8) ^ 1, packed.length - 8);
  return packed;
}

const parquetColumns = (): Record<string, { data: unknown[]; type: string }> =>
  Object.fromEntries(
    (TABLE[0] ?? []).map((name, c) => [
      name,
      {
        data: TABLE.slice(1).map((row) => (c === 2 ? Number(row[c]) : row[c])),
        type: c === 2 ? "DOUBLE" : "STRING",
      },
    ]),
  );

describe("the same fleet comes out of", () => {
  it.each([
    ["CSV", "plain.csv", () => Buffer.from(CSV)],
    ["gzip, whatever its name", "packed.csv", () => gzipSync(CSV)],
    [
      "two gzip members in a row",
      "two.csv.gz",
      () => Buffer.concat([gzipSync(CSV.slice(0, 3000)), gzipSync(CSV.slice(3000))]),
    ],
    ["UTF-8 with a byte order mark", "bom.csv", () => Buffer.from(`\ufeff${CSV}`)],
    ["UTF-16 little-endian with a byte order mark", "le.csv", () => Buffer.from(`\ufeff${CSV}`, "utf16le")],
    [
      "UTF-16 big-endian with a byte order mark",
      "be.csv",
      () => Buffer.from(`\ufeff${CSV}`, "utf16le").swap16(),
    ],
    ["UTF-16 without a byte order mark", "bare.csv", () => Buffer.from(CSV, "utf16le")],
    ["gzipped UTF-16", "le.csv.gz", () => gzipSync(Buffer.from(`\ufeff${CSV}`, "utf16le"))],
    ["tabs", "tabs.txt", () => Buffer.from(CSV.replaceAll(",", "\t"))],
    ["Parquet in row groups", "fleet.parquet", () => Buffer.from(parquet(parquetColumns()))],
    ["gzipped Parquet", "fleet.parquet.gz", () => gzipSync(parquet(parquetColumns()))],
    ["a workbook", "fleet.xlsx", () => workbook(TABLE, [2])],
    ["a workbook of texts", "texts.xlsx", () => workbook(TABLE, [])],
  ] as const)("%s", async (_, name, content) => {
    const bytes = await content();
    const devices = await readDevices(await saved(name, bytes), TARIFF);
    expectWhole(devices);
    expect(devices.file.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it.each([
    ["CSV", Buffer.from(CSV)],
    ["gzip", gzipSync(CSV)],
    ["Parquet", Buffer.from(parquet(parquetColumns()))],
  ])("standard input that holds %s", async (_, bytes) => {
    const script = `
      import { readDevices } from ${JSON.stringify(join(import.meta.dirname, "read-devices.ts"))};
      import { tariffOf } from ${JSON.stringify(join(import.meta.dirname, "fixtures", "device-files.ts"))};
      const devices = await readDevices("-", tariffOf(["Basic", "Plus"]));
      console.log(JSON.stringify([devices.size, devices.iccid(77), devices.file]));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(bytes);
    let output = "";
    for await (const chunk of child.stdout) output += String(chunk);
    expect(JSON.parse(output)).toEqual([
      ROWS,
      iccidOf(77),
      { name: "standard input", sha256: createHash("sha256").update(bytes).digest("hex") },
    ]);
  });
});

describe("files that cannot be read say why", () => {
  it.each([
    ["truncated gzip", "cut.csv.gz", () => gzipSync(CSV).subarray(0, 900), "cut off"],
    ["damaged gzip", "bad.csv.gz", () => damagedAtTheEnd(gzipSync(CSV)), "damaged gzip"],
    ["a ZIP archive", "table.zip", () => zipSync({ "table.csv": Buffer.from(CSV) }), "ZIP archive"],
    [
      "a truncated workbook",
      "cut.xlsx",
      async () => (await workbook(TABLE, [])).subarray(0, 2000),
      "damaged .xlsx",
    ],
    ["truncated Parquet", "cut.parquet", () => parquet(parquetColumns()).subarray(0, 1500), "Parquet"],
    [
      "an old workbook",
      "old.xls",
      () => Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]),
      "Save it as .xlsx",
    ],
    ["Zstandard", "fleet.csv.zst", () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), "Decompress it"],
    ["an image", "fleet.png", () => Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1]), "is not text"],
  ] as const)("%s", async (_, name, content, expected) => {
    const path = await saved(name, await content());
    const error = await refusalOf(readDevices(path, TARIFF));
    expect(error.code).toBe("file-unreadable");
    expect(error.message).toContain(path);
    expect(error.message).toContain(expected);
  });

  it("a missing file and a folder", async () => {
    expect(await refusalOf(readDevices(join(folder, "none.csv"), TARIFF))).toMatchObject({
      code: "file-unreadable",
      message: expect.stringContaining("does not exist") as string,
    });
    expect(await refusalOf(readDevices(folder, TARIFF))).toMatchObject({
      code: "file-unreadable",
      message: expect.stringContaining("is a folder") as string,
    });
  });

  it("a stream that breaks", async () => {
    async function* stream(): AsyncGenerator<string> {
      yield CSV;
      throw new Error("connection reset");
    }
    expect(await refusalOf(readDevices({ name: "upload", stream: stream() }, TARIFF))).toMatchObject({
      code: "file-unreadable",
      message: expect.stringContaining("connection reset") as string,
    });
  });
});

it("counts the rows of a sheet as the spreadsheet does, blank ones too", async () => {
  const rows = [
    ["", "", ""],
    ["iccid", "rate_plan", "usage_mb"],
    [iccidOf(1), "Basic", "1"],
    ["", "", ""],
    [iccidOf(2), "Basic", "#N/A"],
    [iccidOf(3), "Basic", "2"],
  ];
  const devices = await readDevices(fileOf(await workbook(rows, []), "fleet.xlsx"), TARIFF, {
    maxQuarantinedShare: 0.5,
  });
  expect([devices.line(0), devices.line(1)]).toEqual([3, 6]);
  expect(devices.quarantined).toMatchObject([{ line: 5, column: "usage_mb" }]);
});

describe("ICCIDs that are numbers", () => {
  it("are refused in a workbook, with the mend", async () => {
    const rows = [
      ["iccid", "rate_plan", "usage_mb"],
      ["8901260123456789012", "Basic", "1"],
    ];
    const error = await refusalOf(readDevices(fileOf(await workbook(rows, [0]), "fleet.xlsx"), TARIFF));
    expect(error.faults).toEqual([
      {
        file: "fleet.xlsx",
        line: 2,
        column: "iccid",
        message: expect.stringContaining("formatted as Text") as string,
      },
    ]);
  });

  it("are refused in Parquet, with the mend", async () => {
    const columns = {
      ...parquetColumns(),
      iccid: { data: TABLE.slice(1).map((row) => BigInt(row[0] ?? 0)), type: "INT64" },
    };
    const error = await refusalOf(readDevices(fileOf(parquet(columns), "fleet.parquet"), TARIFF));
    expect(error.faults).toEqual([
      { file: "fleet.parquet", column: "iccid", message: expect.stringContaining("as a string") as string },
    ]);
  });
});

describe("the faults of a CSV file are found as well in", () => {
  const header = ["iccid", "rate_plan", "usage_mb"];
  const parquetOf = (columns: readonly string[], rows: readonly (readonly string[])[]): Uint8Array =>
    parquet(
      Object.fromEntries(
        columns.map((name, c) => [name, { data: rows.map((row) => row[c] ?? ""), type: "STRING" }]),
      ),
    );
  const faulty = [
    [iccidOf(1), "Basic", "-1"],
    [iccidOf(2), "Basic", "1,234.5"],
    [iccidOf(3), "Basci", "1"],
  ];
  it.each([
    ["a workbook", 1, async (columns: string[], rows: string[][]) => await workbook([columns, ...rows], [])],
    [
      "Parquet",
      0,
      async (columns: string[], rows: string[][]) => await Promise.resolve(parquetOf(columns, rows)),
    ],
  ])("%s", async (_, headerRows, fileWith) => {
    const refusal = async (columns: string[], rows: string[][]) =>
      await refusalOf(readDevices(fileOf(await fileWith(columns, rows), "fleet"), TARIFF));
    const { faults } = await refusal(header, faulty);
    expect(faults.map(({ line, column }) => [line, column])).toEqual([
      [1 + headerRows, "usage_mb"],
      [2 + headerRows, "usage_mb"],
      [3 + headerRows, "rate_plan"],
    ]);
    expect((await refusal(["iccid", "usage_mb"], [[iccidOf(1), "1"]])).message).toContain("lacks rate_plan");
    expect((await refusal(header, [])).message).toContain("no rows");
    const scientific = await refusal(header, [["8.90126E+18", "Basic", "1"]]);
    expect(scientific.message).toContain("formatted as Text");
  });
});

it("reports progress up to the size of the file", async () => {
  const path = await saved("progress.csv", CSV);
  const seen: number[] = [];
  await readDevices(path, TARIFF, {
    onProgress: ({ bytesRead, totalBytes }) => seen.push(bytesRead / (totalBytes ?? 0)),
  });
  expect(seen.at(-1)).toBe(1);
  expect((await readFile(path)).length).toBe(Buffer.byteLength(CSV));
});
