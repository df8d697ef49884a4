import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { picos } from "../../billing/units.ts";
import { fileOf, iccidOf, refusalOf, tariffOf } from "./fixtures/device-files.ts";
import { readDevices } from "./read-devices.ts";

const TARIFF = tariffOf(["Basic", "Plus"]);
const HEADER = "iccid,rate_plan,usage_mb\n";

function goodRows(count: number, first = 0): string {
  return Array.from({ length: count }, (_, i) => `${iccidOf(first + i)},Basic,1.5\n`).join("");
}

describe("reading devices", () => {
  it("reads every column", async () => {
    const tariff = tariffOf(["Basic", "Plus"], { taxRates: new Map([["US-TX", picos(82_500_000_000n)]]) });
    const content =
      "ICCID, Rate_Plan ,usage_mb,communication_plan,status,active_days,location,locked,switch_cost,cost_centre,note\n" +
      `${iccidOf(1)},Basic,0.4,LTE,ACTIVATED,12,US-TX,yes,1.25,"North, 1",=1+1\n` +
      `${iccidOf(2)}, Plus ,,,,,,,,,\n`;
    const devices = await readDevices(fileOf(content), tariff);
    expect(devices.size).toBe(2);
    expect([devices.iccid(0), devices.iccid(1)]).toEqual([iccidOf(1), iccidOf(2)]);
    expect([...devices.ratePlan]).toEqual([0, 1]);
    expect([...devices.usageBytes]).toEqual([419_430, Number.NaN]);
    expect(devices.communicationPlan.values[devices.communicationPlan.codes[0] as number]).toBe("LTE");
    expect(devices.status.values[devices.status.codes[1] as number]).toBe("");
    expect([...devices.activeDays]).toEqual([12, -1]);
    expect(devices.location.values[devices.location.codes[0] as number]).toBe("US-TX");
    expect([...devices.locked]).toEqual([1, 0]);
    expect([...(devices.switchCost ?? [])]).toEqual([1_250_000, Number.NaN]);
    expect(devices.carriedColumns).toEqual(["cost_centre", "note"]);
    expect([devices.carried(0), devices.carried(1)]).toEqual([
      ["North, 1", "=1+1"],
      ["", ""],
    ]);
    expect(devices.counts).toEqual({
      rows: 2,
      quarantined: 0,
      identicalDuplicates: 0,
      unknownUsage: 1,
      blankLocations: 1,
    });
    expect(devices.file).toEqual({
      name: "devices.csv",
      sha256: createHash("sha256").update(content).digest("hex"),
    });
  });

  it("leaves columns that the file lacks blank", async () => {
    const devices = await readDevices(fileOf(HEADER + goodRows(3)), TARIFF);
    expect(devices.switchCost).toBeUndefined();
    expect([...devices.activeDays]).toEqual([-1, -1, -1]);
    expect(devices.status.values[devices.status.codes[2] as number]).toBe("");
    expect(devices.carried(2)).toEqual([]);
  });

  it("keeps ICCIDs of 18 to 22 digits to the digit, leading zeros too", async () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 18, maxLength: 22 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(digits, { minLength: 1, maxLength: 40 }), async (iccids) => {
        const devices = await readDevices(
          fileOf(HEADER + iccids.map((iccid) => `${iccid},Plus,0\n`).join("")),
          TARIFF,
        );
        expect(iccids.map((_, sim) => devices.iccid(sim))).toEqual(iccids);
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it("reads the same fleet whatever the order of columns, quotes, line ends and blank lines", async () => {
    const row = fc.record({
      plan: fc.constantFrom("Basic", "Plus"),
      usage: fc.constantFrom("", "0", "1.25", "1000.000001"),
      status: fc.constantFrom("", "ACTIVE", "Größe"),
      extra: fc.string({ unit: fc.constantFrom(...'ab,;"\n €='), maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.shuffledSubarray(["iccid", "rate_plan", "usage_mb", "status", "extra"], { minLength: 5 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 60 }),
        async (rows, order, newline, quoteAll, marked, pieceBytes) => {
          const cells = rows.map((r, i): Record<string, string> => ({
            iccid: iccidOf(i),
            rate_plan: r.plan,
            usage_mb: r.usage,
            status: r.status,
            extra: r.extra,
          }));
          const quoted = (text: string): string =>
            quoteAll || /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
          const lines = [order, ...cells.map((r) => order.map((name) => r[name] ?? ""))].map((r) =>
            r.map(quoted).join(","),
          );
          const text = (marked ? "\ufeff" : "") + lines.join(newline + newline) + newline;
          const devices = await readDevices(fileOf(text, "fuzz.csv", pieceBytes), TARIFF);
          expect(devices.size).toBe(rows.length);
          rows.forEach((r, i) => {
            expect(devices.iccid(i)).toBe(iccidOf(i));
            expect(TARIFF.plans[devices.ratePlan[i] as number]?.code).toBe(r.plan);
            expect(devices.usageBytes[i]).toBe(
              r.usage === "" ? Number.NaN : Math.round(Number(r.usage) * 1_048_576),
            );
            expect(devices.status.values[devices.status.codes[i] as number]).toBe(r.status);
            expect(devices.carried(i)).toEqual([r.extra]);
          });
        },
      ),
      { numRuns: 150, seed: 5 },
    );
  });

  it("sets rows aside that cannot be read, and keeps every row's place", async () => {
    const content =
      "iccid,rate_plan,usage_mb,owner\n" +
      `${iccidOf(0)},Basic,-1,first\n` +
      Array.from({ length: 300 }, (_, i) => `${iccidOf(i + 1)},Basic,2,\n`).join("") +
      `${iccidOf(900)},Basci,5,"last, but one"\n` +
      `${iccidOf(901)},Plus,5,\n`;
    const devices = await readDevices(fileOf(content), TARIFF);
    expect(devices.size).toBe(301);
    expect(devices.quarantined).toEqual([
      {
        line: 2,
        simsBefore: 0,
        iccid: iccidOf(0),
        ratePlan: "Basic",
        usage: "-1",
        column: "usage_mb",
        reason: expect.stringContaining("negative") as string,
        carried: ["first"],
      },
      {
        line: 303,
        simsBefore: 300,
        iccid: iccidOf(900),
        ratePlan: "Basci",
        usage: "5",
        column: "rate_plan",
        reason: expect.stringContaining('Did you mean "Basic"?') as string,
        carried: ["last, but one"],
      },
    ]);
    const order = [...devices.rows()];
    expect(order).toEqual([-1, ...Array.from({ length: 300 }, (_, i) => i), -2, 300]);
    expect([devices.line(0), devices.line(299), devices.line(300)]).toEqual([3, 302, 304]);
  });

  it("refuses a file in which more than the allowed share of rows cannot be read, listing the first 20", async () => {
    const bad = Array.from({ length: 30 }, (_, i) => `${iccidOf(i)},Basic,NaN\n`).join("");
    const content = HEADER + bad + goodRows(970, 100);
    const error = await refusalOf(readDevices(fileOf(content), TARIFF));
    expect(error.code).toBe("input-invalid");
    expect(error.message).toContain("30 of 1,000 rows");
    expect(error.faults).toHaveLength(20);
    expect(error.faultCount).toBe(30);
    expect(error.faults[19]).toMatchObject({ file: "devices.csv", line: 21, column: "usage_mb" });
    const devices = await readDevices(fileOf(content), TARIFF, { maxQuarantinedShare: 0.03 });
    expect(devices.counts.quarantined).toBe(30);
  });
});

describe("repeated SIMs", () => {
  it("count once where the rows are the same in every cell", async () => {
    const content = `iccid,rate_plan,usage_mb,owner\n${iccidOf(1)},Basic,1.50,a\n${iccidOf(2)},Basic,,b\n${iccidOf(1)},Basic,1.5,a\n${iccidOf(2)},Basic,,b\n`;
    const devices = await readDevices(fileOf(content), TARIFF);
    expect(devices.size).toBe(2);
    expect(devices.counts).toMatchObject({ rows: 4, identicalDuplicates: 2 });
    expect([...devices.rows()]).toEqual([0, 1]);
  });

  it.each([
    ["Basic,1.5,a", "Plus,1.5,a", "rate_plan"],
    ["Basic,1.5,a", "Basic,1.6,a", "usage_mb"],
    ["Basic,,a", "Basic,0,a", "usage_mb"],
    ["Basic,1.5,a", "Basic,1.5,b", "a carried column"],
  ])("refuse the run where %s meets %s", async (one, other, difference) => {
    const content = `iccid,rate_plan,usage_mb,owner\n${iccidOf(7)},${one}\n${goodRows(500, 100).replaceAll("1.5\n", "1.5,\n")}${iccidOf(7)},${other}\n`;
    const error = await refusalOf(readDevices(fileOf(content), TARIFF));
    expect(error.code).toBe("input-invalid");
    expect(error.faults).toEqual([
      {
        file: "devices.csv",
        line: 503,
        column: "iccid",
        message: expect.stringContaining(`line 2 already, with another ${difference}`) as string,
      },
    ]);
  });

  it("refuse the run where one of the rows was set aside", async () => {
    const error = await refusalOf(
      readDevices(fileOf(`${HEADER}${iccidOf(5)},Basic,oops\n${goodRows(500)}`), TARIFF),
    );
    expect(error.faults[0]).toMatchObject({
      line: 2,
      column: "iccid",
      message: expect.stringContaining("line 8 already") as string,
    });
  });

  it("are found among many, whatever the order", async () => {
    const order = Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 5_000);
    const rows = [...order, ...order.slice(0, 100)].map((i) => `${iccidOf(i)},Basic,1\n`).join("");
    const devices = await readDevices(fileOf(HEADER + rows), TARIFF);
    expect(devices.counts).toMatchObject({ rows: 5_100, identicalDuplicates: 100 });
    expect(new Set(Array.from({ length: devices.size }, (_, sim) => devices.iccid(sim))).size).toBe(5_000);
  });
});

describe("bad device files", () => {
  it.each([
    ["", "the file is empty"],
    ["\n\n", "the file is empty"],
    [HEADER, "no rows"],
    ["iccid,plan,usage_mb\n1,2,3\n", "lacks rate_plan"],
    ["iccid,Rate Plan,usage_mb\n1,2,3\n", 'Rename "Rate Plan" to rate_plan'],
    ["iccid,rate_plan,usage_mb,ICCID\n1,2,3,4\n", "stands twice"],
    ["<!DOCTYPE html><html></html>", "lacks iccid, rate_plan, usage_mb"],
    ["<!DOCTYPE html>\n<html>Sign in</html>\n", "was a sign-in page saved in place of the file?"],
    ['[{"iccid":"8901"}]', "This is JSON"],
  ])("are refused: %j", async (content, expected) => {
    const error = await refusalOf(readDevices(fileOf(content), TARIFF));
    expect(error.code).toBe("input-invalid");
    expect(error.faults.map((fault) => fault.message).join("\n")).toContain(expected);
    expect(error.faults[0]?.file).toBe("devices.csv");
  });

  it("lists the rows that cannot be read beside what refuses the file", async () => {
    const rows = `8.90E+18,Basic,1\n${iccidOf(1)},Basic,-1\n${iccidOf(2)},None,1\n`;
    const error = await refusalOf(readDevices(fileOf(HEADER + rows), TARIFF));
    expect(error.faults.map(({ line, column }) => [line, column])).toEqual([
      [2, "iccid"],
      [3, "usage_mb"],
      [4, "rate_plan"],
    ]);
    expect(error.faultCount).toBe(3);
  });

  it("lists missing and repeated columns together", async () => {
    const error = await refusalOf(readDevices(fileOf("iccid,iccid,rate_plan\n1,2,3\n"), TARIFF));
    expect(error.faultCount).toBe(2);
  });

  it.each(["8.90E+18", "8.901260e18", "8,90E+18", "8.9012601234567E+19"])(
    "refuse the run for the ICCID %s, with the mend",
    async (iccid) => {
      const error = await refusalOf(
        readDevices(fileOf(`${HEADER}${goodRows(1000)}"${iccid}",Basic,1\n`), TARIFF),
      );
      expect(error.faults).toEqual([
        {
          file: "devices.csv",
          line: 1002,
          column: "iccid",
          message: expect.stringContaining("formatted as Text") as string,
        },
      ]);
    },
  );

  it.each([
    ["8901260123456789012F,Basic,1", "iccid", "Remove the F"],
    ["12345,Basic,1", "iccid", "has 5 digits"],
    ["89012601234567890123456,Basic,1", "iccid", "has 23 digits"],
    ["8901 2601 2345 6789 012,Basic,1", "iccid", "without spaces"],
    ["'8901260123456789012,Basic,1", "iccid", "mark for text"],
    [",Basic,1", "iccid", "is blank"],
    [`${iccidOf(1)},,1`, "rate_plan", "is blank"],
    [`${iccidOf(1)},basic,1`, "rate_plan", 'Did you mean "Basic"?'],
    [`${iccidOf(1)},Basic,"1,234.5"`, "usage_mb", "Write 1234.5"],
    [`${iccidOf(1)},Basic,1,5`, undefined, "4 cells where the header has 3"],
    [`${iccidOf(1)},Basic`, undefined, "2 cells where the header has 3"],
    [`${iccidOf(1)},Basic,99999999999`, "usage_mb", "1 PiB"],
  ])("name the fault of the row %s", async (row, column, expected) => {
    const error = await refusalOf(readDevices(fileOf(`${HEADER}${row}\n`), TARIFF));
    expect(error.faults[0]).toMatchObject({
      file: "devices.csv",
      line: 2,
      message: expect.stringContaining(expected) as string,
    });
    expect(error.faults[0]?.column).toBe(column);
  });

  it.each([
    ["active_days", "31", "more than the 30 days"],
    ["active_days", "1.5", "not a number of days"],
    ["active_days", "-1", "not a number of days"],
    ["locked", "maybe", "neither yes nor no"],
    ["switch_cost", "-1", "negative"],
    ["switch_cost", "0.0000001", "more than 6 decimals"],
    ["switch_cost", "1e3", "scientific notation"],
    ["location", "US-TN", 'Did you mean "US-TX"?'],
    ["location", "MA", '"MA" is not in the taxes file.'],
  ])("name the fault of %s %s", async (column, text, expected) => {
    const tariff = tariffOf(["Basic"], { taxRates: new Map([["US-TX", picos(1n)]]) });
    const error = await refusalOf(
      readDevices(fileOf(`iccid,rate_plan,usage_mb,${column}\n${iccidOf(1)},Basic,1,${text}\n`), tariff),
    );
    expect(error.faults[0]).toMatchObject({
      column,
      line: 2,
      message: expect.stringContaining(expected) as string,
    });
  });

  it("are refused where the fleet's usage passes the bound", async () => {
    const rows = Array.from({ length: 9 }, (_, i) => `${iccidOf(i)},Basic,1073741824\n`).join("");
    const error = await refusalOf(readDevices(fileOf(HEADER + rows), TARIFF));
    expect(error.code).toBe("bounds-exceeded");
    expect(error.message).toContain("usage_mb");
  });

  it("never reach a terminal with control characters in a message", async () => {
    const error = await refusalOf(readDevices(fileOf(`${HEADER}\u001b[31mred,Basic,1\n`), TARIFF));
    expect(error.faults[0]?.message).not.toContain("\u001b");
  });
});
