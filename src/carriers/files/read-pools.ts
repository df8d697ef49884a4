import type { FixedPool } from "../../billing/rate-plan.ts";
import type { FaultList } from "./collect-faults.ts";
import type { InputFile, InputSource } from "./input-source.ts";
import { CellReader } from "./read-cells.ts";
import { readTable } from "./read-table.ts";
import { showCell } from "./show-cell.ts";

export const POOL_COLUMNS = { required: ["pool", "included_mb", "monthly_cost"], optional: [] } as const;

export interface PoolRow {
  readonly line: number;
  readonly pool: FixedPool;
}

export async function readPools(
  source: InputSource,
): Promise<{ rows: PoolRow[]; file: InputFile; faults: FaultList }> {
  const { rows, file, faults } = await readTable(source, POOL_COLUMNS);
  const pools: PoolRow[] = [];
  const lineOf = new Map<string, number>();
  for (const row of rows) {
    const cells = new CellReader(row, faults);
    const name = cells.name("pool");
    const includedBytes = cells.megabytes("included_mb");
    const monthlyCost = cells.price("monthly_cost");
    if (name === undefined || includedBytes === undefined || monthlyCost === undefined) continue;
    const earlier = lineOf.get(name);
    if (earlier === undefined) {
      lineOf.set(name, row.line);
      pools.push({ line: row.line, pool: { name, includedBytes, monthlyCost } });
    } else
      faults.add({
        line: row.line,
        column: "pool",
        message: `${showCell(name)} stands on line ${earlier} already.`,
      });
  }
  return { rows: pools, file, faults };
}
