import { strFromU8, unzipSync } from "fflate";
import readXlsx, { readSheet } from "read-excel-file/node";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { buildRun } from "../fixtures/build-run.ts";
import { smallRun } from "../fixtures/small-run.ts";
import { assignmentLines } from "../assignment-line.ts";
import { gatherFigures } from "../figures.ts";
import type { InputRows, ReportedRun } from "../reported-run.ts";
import type { SheetLimits } from "./assignment-sheets.ts";
import { openWorkbook } from "./write-workbook.ts";

async function workbookOf(
  { run, rows }: { run: ReportedRun; rows: InputRows },
  limits?: SheetLimits,
): Promise<Buffer> {
  const stream = new PassThrough();
  const content = buffer(stream);
  const source = {
    run,
    rows,
    figures: gatherFigures(run, rows),
    origin: { inputs: { devices: "aa" } },
    ...(limits === undefined ? {} : { limits }),
  };
  const book = await openWorkbook(stream, source);
  for (const line of assignmentLines(run, rows)) {
    await book.room();
    book.add(line);
  }
  await book.end();
  stream.end();
  return await content;
}

type Cells = readonly (readonly unknown[])[];

async function sheetsOf(content: Buffer): Promise<Map<string, Cells>> {
  return new Map((await readXlsx(content)).map(({ sheet, data }) => [sheet, data]));
}

function partOf(content: Buffer, name: string): string {
  return strFromU8(unzipSync(content)[name] ?? new Uint8Array());
}

describe("the workbook", () => {
  it("has the sheets in order, and reads back", async () => {
    const sheets = await sheetsOf(await workbookOf(smallRun()));
    expect([...sheets.keys()]).toEqual([
      "Summary",
      "Plan mix",
      "Strategies",
      "Pools",
      "Groups",
      "Assignments",
      "Excluded and quarantined",
    ]);
    const assignments = sheets.get("Assignments") ?? [];
    expect(assignments[0]).toEqual([
      "ICCID",
      "Current plan",
      "Recommended plan",
      "Changed",
      "Usage",
      "Current cost",
      "Recommended cost",
      "Saving",
      "Reason",
      "cost_centre",
      "input_saving",
    ]);
    expect(assignments).toHaveLength(1 + 9 + 1);
    expect(assignments[1]?.slice(0, 8)).toEqual([
      "8901000000000000000",
      "Tracker 20",
      "Tracker 5",
      "yes",
      3.1,
      5.2,
      3,
      2.2,
    ]);
    expect(sheets.get("Excluded and quarantined")?.map((row) => row[0])).toEqual([
      "ICCID",
      "8.9E+18",
      "8901000000000000005",
      "8901000000000000006",
      "Total of 3 SIMs",
    ]);
  });

  it("keeps ICCIDs and hostile texts as text, with no formula anywhere", async () => {
    const content = await workbookOf(smallRun());
    const assignments = (await sheetsOf(content)).get("Assignments") ?? [];
    for (const row of assignments.slice(1)) expect(typeof row[0]).toBe("string");
    expect(assignments[1]?.[10]).toBe('=HYPERLINK("http://x")');
    expect(assignments[5]?.[9]).toBe("<script>alert(1)</script>");
    expect(assignments[9]?.[9]).toBe("محطة 😀");
    const parts = Object.entries(unzipSync(content)).filter(([name]) => name.includes("worksheets"));
    expect(parts).toHaveLength(7);
    for (const [, bytes] of parts) expect(strFromU8(bytes)).not.toMatch(/<f[ >]/);
  });

  it("freezes the header, filters every column and names number formats with the currency", async () => {
    const content = await workbookOf(smallRun());
    const sheet = partOf(content, "xl/worksheets/sheet6.xml");
    expect(sheet).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>');
    expect(sheet).toContain('<autoFilter ref="A1:K10"/>');
    expect(sheet).toContain('<ignoredError sqref="A2:A10');
    expect(partOf(content, "xl/styles.xml")).toContain("[$USD] #,##0.00");
  });

  it("is well-formed in every part, each with one XML declaration", async () => {
    const content = await workbookOf(smallRun());
    for (const [name, bytes] of Object.entries(unzipSync(content))) {
      const xml = strFromU8(bytes);
      expect(xml.match(/<\?xml/g), name).toHaveLength(1);
      expect(unbalanced(xml), name).toBe("");
    }
  });

  it("totals what the columns hold", async () => {
    const { run, rows } = smallRun();
    const sheets = await sheetsOf(await workbookOf({ run, rows }));
    const total = sheets.get("Assignments")?.at(-1);
    expect(total?.slice(3, 8)).toEqual([3, null, 38.7, 20.8, 17.9]);
    expect(sheets.get("Plan mix")?.at(-1)?.slice(2, 7)).toEqual([6, 6, null, 28.7, 20.8]);
    expect(sheets.get("Pools")?.at(-1)?.slice(10, 12)).toEqual([10, 0]);
  });

  it("splits rows over sheets that are each complete", async () => {
    const sims = Array.from({ length: 25 }, (_, k) => ({ plan: "A", usageMb: String(k) }));
    const run = buildRun({ plans: [{ code: "A", cost: "1", includedMb: "100" }], sims, bound: 25_000_000 });
    for (const maxRows of [10, 13, 26, 27]) {
      const sheets = await sheetsOf(await workbookOf(run, { rows: maxRows, bytes: 1e9 }));
      const parts = [...sheets].filter(([name]) => name.startsWith("Assignments"));
      expect(parts.map(([name]) => name)).toEqual(
        ["Assignments", "Assignments 2", "Assignments 3", "Assignments 4"].slice(0, parts.length),
      );
      for (const [, data] of parts) {
        expect(data[0]?.[0]).toBe("ICCID");
        expect(data.length).toBeLessThanOrEqual(maxRows);
      }
      const iccids = parts.flatMap(([, data]) => data.slice(1).map((row) => row[0]));
      expect(iccids).toHaveLength(26);
      expect(new Set(iccids).size).toBe(26);
      expect(iccids.at(-1)).toBe("Total of 25 SIMs");
    }
  });

  it("starts a sheet where the one before gets too large for its archive", async () => {
    const sims = Array.from({ length: 40 }, () => ({
      plan: "A",
      usageMb: "1",
      carried: ["x".repeat(1_000)],
    }));
    const run = buildRun({
      plans: [{ code: "A", cost: "1", includedMb: "5" }],
      sims,
      carriedColumns: ["note"],
      bound: 1,
    });
    const sheets = await sheetsOf(await workbookOf(run, { rows: 1_000, bytes: 15_000 }));
    const parts = [...sheets].filter(([name]) => name.startsWith("Assignments"));
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.flatMap(([, data]) => data.slice(1))).toHaveLength(41);
  });

  it("writes as text what a double cannot hold, and the number elsewhere", async () => {
    const sims = [{ plan: "A", usageMb: "1" }];
    const { run, rows } = buildRun({ plans: [{ code: "A", cost: "123456789.123456" }], sims, bound: 1 });
    const exact = { ...run, before: { ...run.before, ownCost: Float64Array.of(9_007_199_254_740_991) } };
    const assignments = (await sheetsOf(await workbookOf({ run: exact, rows }))).get("Assignments");
    expect(assignments?.[1]?.[5]).toBe("9007199254.740991");
    expect(assignments?.[1]?.[6]).toBe(123_456_790.123_456);
  });

  it("strips what XML cannot hold and cuts a cell past Excel's length, saying so", async () => {
    const sims = [
      { plan: "A", usageMb: "1", carried: ["a\u0000\u0008b\ud800c _x0041_ ]]> &amp;", "y".repeat(40_000)] },
    ];
    const run = buildRun({
      plans: [{ code: "A", cost: "1" }],
      sims,
      carriedColumns: ["one", "two"],
      bound: 1_000_000,
    });
    const row = (await sheetsOf(await workbookOf(run))).get("Assignments")?.[1] ?? [];
    expect(String(row[9])).toMatch(/^ab\ufffdc (_x0041_|_x005F_x0041_) \]\]> &amp;$/);
    expect(String(row[10])).toHaveLength(32_767);
    expect(String(row[10])).toContain("the whole text is in assignments.csv");
  });

  it("leaves columns past Excel's last to the CSV and says so", async () => {
    const carriedColumns = Array.from({ length: 16_380 }, (_, k) => `c${k}`);
    const run = buildRun({
      plans: [{ code: "A", cost: "1" }],
      sims: [{ plan: "A", usageMb: "1" }],
      carriedColumns,
      bound: 1_000_000,
    });
    const content = await workbookOf(run);
    expect(partOf(content, "xl/worksheets/sheet1.xml")).toContain(
      "5 carried columns are in assignments.csv alone",
    );
    expect(await readSheet(content, "Assignments").then((data) => data[0]?.length)).toBe(16_384);
  }, 120_000);
});

/** The first tag that does not match, "" for a balanced document. */
function unbalanced(xml: string): string {
  const open: string[] = [];
  for (const [tag, closing, name, own] of xml.matchAll(/<(\/?)([a-zA-Z:]+)[^<>]*?(\/?)>/g)) {
    if (own === "/") continue;
    if (closing !== "/") open.push(name ?? "");
    else if (open.pop() !== name) return tag;
  }
  return open.join();
}
