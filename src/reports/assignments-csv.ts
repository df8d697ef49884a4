import type { AssignmentLine } from "./assignment-line.ts";
import { ASSIGNMENT_COLUMNS, carriedHeaders } from "./assignment-line.ts";
import type { ByteText } from "./byte-text.ts";
import { csvText, writeCsvText } from "./csv-cell.ts";

export function csvHeader(carriedColumns: readonly string[]): string {
  return `${[...ASSIGNMENT_COLUMNS, ...carriedHeaders(carriedColumns).map(csvText)].join(",")}\n`;
}

/** Writes one line after another; plan codes are quoted once. */
export function createCsvLine(
  out: ByteText,
  carriedColumns: readonly string[],
): (line: AssignmentLine) => void {
  const planCells = new Map<string, string>();
  const planCell = (code: string): string => {
    let cell = planCells.get(code);
    if (cell === undefined) planCells.set(code, (cell = `,${csvText(code)}`));
    return cell;
  };
  return (line) => {
    writeCsvText(out, line.iccid);
    out.write(planCell(line.currentPlan));
    out.write(planCell(line.recommendedPlan));
    out.write(line.changed ? ",yes," : ",no,");
    if (line.apart) writeApart(out, line);
    else writeCosts(out, line);
    writeCsvText(out, line.reason);
    for (let column = 0; column < carriedColumns.length; column++) {
      out.write(",");
      writeCsvText(out, line.carried[column] ?? "");
    }
    out.write("\n");
  };
}

function writeApart(out: ByteText, { usageMb }: AssignmentLine): void {
  writeCsvText(out, usageMb);
  out.write(",,,,");
}

function writeCosts(out: ByteText, { usageMb, currentCost, recommendedCost }: AssignmentLine): void {
  out.write(usageMb);
  out.write(",");
  out.writeMoney(currentCost);
  out.write(",");
  out.writeMoney(recommendedCost);
  out.write(",");
  out.writeMoney(currentCost - recommendedCost);
  out.write(",");
}
