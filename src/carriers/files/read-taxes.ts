import { formatScaled } from "../../billing/decimal.ts";
import { PICOS_PER_UNIT, picos, type Picos } from "../../billing/units.ts";
import type { FaultList } from "./collect-faults.ts";
import type { InputFile, InputSource } from "./input-source.ts";
import { CellReader } from "./read-cells.ts";
import { readTable } from "./read-table.ts";
import { showCell } from "./show-cell.ts";

export const TAX_COLUMNS = { required: ["location", "rate"], optional: [] } as const;

/** The row that taxes pool overage. */
const ACCOUNT = "account";

export interface TaxRates {
  readonly byLocation: ReadonlyMap<string, Picos>;
  readonly account: Picos;
}

export async function readTaxes(
  source: InputSource,
): Promise<{ taxes: TaxRates; file: InputFile; faults: FaultList }> {
  const { rows, file, faults } = await readTable(source, TAX_COLUMNS);
  const rates = new Map<string, Picos>();
  const lineOf = new Map<string, number>();
  for (const row of rows) {
    const cells = new CellReader(row, faults);
    const location = cells.name("location");
    const rate = cells.price("rate");
    if (location === undefined || rate === undefined) continue;
    const earlier = lineOf.get(location);
    if (earlier !== undefined)
      cells.fault("location", `${showCell(location)} stands on line ${earlier} already.`);
    else if (rate > PICOS_PER_UNIT) {
      cells.fault(
        "rate",
        `${showCell(cells.text("rate"))} is more than 1. A rate is a fraction: 0.0825 is 8.25 %. Did you mean ${formatScaled(rate / 100n, 12)}?`,
      );
    } else {
      lineOf.set(location, row.line);
      rates.set(location, rate);
    }
  }
  const account = rates.get(ACCOUNT) ?? picos(0n);
  rates.delete(ACCOUNT);
  return { taxes: { byLocation: rates, account }, file, faults };
}
