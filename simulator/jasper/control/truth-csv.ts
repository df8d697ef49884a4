import { cell } from "../catalogue/cell.ts";
import type { TruthRow } from "./truth.ts";

export function* truthCsv(rows: Iterable<TruthRow>): Generator<string> {
  yield "iccid,rate_plan,communication_plan,status,usage_bytes,usage_bytes_at_close\n";
  for (const row of rows) {
    const names = [row.iccid, row.ratePlan, row.communicationPlan, row.status].map(cell).join(",");
    yield `${names},${row.usageBytes},${row.usageBytesAtClose}\n`;
  }
}
