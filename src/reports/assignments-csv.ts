import type { AssignmentLine } from "./assignment-line.ts";
import { ASSIGNMENT_COLUMNS, carriedHeaders } from "./assignment-line.ts";
import { csvText } from "./csv-cell.ts";
import { exactMoney } from "./number-text.ts";

export function csvHeader(carriedColumns: readonly string[]): string {
  return `${[...ASSIGNMENT_COLUMNS, ...carriedHeaders(carriedColumns).map(csvText)].join(",")}\n`;
}

/** Writes one line after another; plan codes are quoted once. */
export function createCsvLine(carriedColumns: readonly string[]): (line: AssignmentLine) => string {
  const planCells = new Map<string, string>();
  const planCell = (code: string): string => {
    let cell = planCells.get(code);
    if (cell === undefined) planCells.set(code, (cell = csvText(code)));
    return cell;
  };
  return (line) => {
    let text = `${csvText(line.iccid)},${planCell(line.currentPlan)},${planCell(line.recommendedPlan)},${line.changed ? "yes" : "no"},`;
    text += line.apart ? `${csvText(line.usageMb)},,,,` : costCells(line);
    text += csvText(line.reason);
    for (let column = 0; column < carriedColumns.length; column++)
      text += `,${csvText(line.carried[column] ?? "")}`;
    return `${text}\n`;
  };
}

function costCells({ usageMb, currentCost, recommendedCost }: AssignmentLine): string {
  return `${usageMb},${exactMoney(currentCost)},${exactMoney(recommendedCost)},${exactMoney(currentCost - recommendedCost)},`;
}
