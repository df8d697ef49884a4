import { showCell } from "./show-cell.ts";

/** A number in scientific notation, in which digits of an ICCID are lost for good. */
const SCIENTIFIC = /^\d+([.,]\d+)?e\+?\d+$/i;

export function isScientific(text: string): boolean {
  return SCIENTIFIC.test(text);
}

/** Why a cell is not an ICCID, and how to mend it. */
export function explainIccid(text: string): string {
  const shown = showCell(text);
  if (text === "") return "is blank. Every row needs an ICCID.";
  if (isScientific(text)) {
    return `${shown} is a number in scientific notation: digits of the ICCID are lost. Export again with this column formatted as Text.`;
  }
  if (/^\d{18,21}f+$/i.test(text))
    return `${shown} ends in the filler F, which stands on the SIM but is no digit. Remove the F.`;
  if (/^(=\s*)?["']/.test(text) && /\d{18,22}/.test(text))
    return `${shown} carries a spreadsheet's mark for text. Export the column as plain text: digits alone.`;
  if (/^\d+$/.test(text))
    return `${shown} has ${text.length} digits; an ICCID has 18 to 22. Were leading or trailing digits lost?`;
  if (/^[\d\s.-]+$/.test(text))
    return `${shown} is not digits alone. Write the 18 to 22 digits without spaces, points or dashes.`;
  return `${shown} is not an ICCID. Write its 18 to 22 digits as text.`;
}
