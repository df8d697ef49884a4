import type { AssignmentLine } from "../assignment-line.ts";
import type { ByteText } from "../byte-text.ts";
import { textXml } from "./cell.ts";
import { columnLetters } from "./cell-text.ts";
import { NumberColumn, RowPiece, TextColumn } from "./line-columns.ts";
import { Style } from "./styles.ts";

const CLOSE_ROW = Buffer.from("</row>");
const DECIMAL = /^\d+(\.\d+)?$/;
/** Columns of every line: A to I. */
export const OWN_COLUMN_COUNT = 9;

/** The rows of a sheet of assignments in writing. */
export class LineRows {
  readonly #open = new RowPiece('<row r="', '">');
  readonly #iccid = new TextColumn("A");
  readonly #currentPlan = new TextColumn("B");
  readonly #recommendedPlan = new TextColumn("C");
  readonly #changed = new TextColumn("D");
  readonly #usage = new NumberColumn("E", Style.data);
  readonly #currentCost = new NumberColumn("F", Style.moneyExact);
  readonly #recommendedCost = new NumberColumn("G", Style.moneyExact);
  readonly #saving = new NumberColumn("H", Style.moneyExact);
  readonly #reason = new TextColumn("I");
  readonly #carried: readonly TextColumn[];

  constructor(carried: number) {
    this.#carried = Array.from(
      { length: carried },
      (_, column) => new TextColumn(columnLetters(OWN_COLUMN_COUNT + column)),
    );
  }

  write(out: ByteText, row: number, line: AssignmentLine): void {
    out.writeBytes(this.#open.at(row));
    this.#iccid.write(out, row, line.iccid);
    this.#currentPlan.write(out, row, line.currentPlan);
    this.#recommendedPlan.write(out, row, line.recommendedPlan);
    this.#changed.write(out, row, line.changed ? "yes" : "no");
    if (line.apart) this.#writeUsageApart(out, row, line.usageMb);
    else this.#writeFigures(out, row, line);
    this.#reason.write(out, row, line.reason);
    for (let column = 0; column < this.#carried.length; column++)
      this.#carried[column]?.write(out, row, line.carried[column] ?? "");
    out.writeBytes(CLOSE_ROW);
  }

  #writeFigures(out: ByteText, row: number, line: AssignmentLine): void {
    this.#usage.writeDecimal(out, row, line.usageMb);
    this.#currentCost.writeMoney(out, row, line.currentCost);
    this.#recommendedCost.writeMoney(out, row, line.recommendedCost);
    this.#saving.writeMoney(out, row, line.currentCost - line.recommendedCost);
  }

  /** A quarantined row's usage is whatever stood there. */
  #writeUsageApart(out: ByteText, row: number, usageMb: string): void {
    if (DECIMAL.test(usageMb)) this.#usage.writeDecimal(out, row, usageMb);
    else out.write(textXml(`E${row}`, usageMb, Style.exactText));
  }
}
