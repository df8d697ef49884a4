import { showCell } from "./show-cell.ts";

/** Why a cell is not a plain decimal, and how to mend it. */
export function explainNumber(text: string): string {
  const shown = showCell(text);
  if (/^[+-]?(\d+\.?\d*|\.\d+)e[+-]?\d+$/i.test(text))
    return `${shown} is in scientific notation. Write it as a plain decimal.`;
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text))
    return `${shown} has thousands separators. Write ${text.replaceAll(",", "")}.`;
  if (/^[+-]?\d+,\d+$/.test(text)) return `${shown} has a decimal comma. Write ${text.replace(",", ".")}.`;
  if (/^[+-]?\d{1,3}([ '.\u00a0\u202f]\d{3})+([.,]\d+)?$/.test(text))
    return `${shown} has thousands separators. Write the digits without them, and a point before the decimals.`;
  if (/^[+-]?\d+([.,]\d+)?\s*[a-z%$€£]+$/i.test(text) || /^[$€£]/.test(text))
    return `${shown} carries a unit. Write the number alone.`;
  if (/^(nan|[+-]?inf(inity)?|null|none|n\/a|na|-|unknown)$/i.test(text))
    return `${shown} is not a number. Leave the cell blank where it is not known.`;
  return `${shown} is not a number. Write a plain decimal such as 12.5.`;
}
