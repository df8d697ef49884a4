/** A cell holds at most this many UTF-16 units; a longer one makes Excel repair the file. */
export const MAX_CELL_CHARACTERS = 32_767;
const CUT = "… (cut: the whole text is in assignments.csv)";

// oxlint-disable-next-line no-control-regex -- these are what XML 1.0 cannot hold
const NOT_PLAIN = /[&<>\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]|_x[0-9a-fA-F]{4}_/;
// oxlint-disable-next-line no-control-regex -- as above
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g;
const LOOKS_ESCAPED = /_(?=x[0-9a-fA-F]{4}_)/g;

/** Text for the inside of an XML element: escaped, without characters that XML cannot hold, within a cell's length. */
export function xmlText(text: string): string {
  if (!NOT_PLAIN.test(text) && text.length <= MAX_CELL_CHARACTERS) return text;
  const short =
    text.length > MAX_CELL_CHARACTERS ? text.slice(0, MAX_CELL_CHARACTERS - CUT.length) + CUT : text;
  return short
    .toWellFormed()
    .replace(FORBIDDEN, "")
    .replace(LOOKS_ESCAPED, "_x005F_")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** Text for the inside of a double-quoted XML attribute. */
export function xmlAttribute(text: string): string {
  return xmlText(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;");
}

/** "A", "Z", "AA" … for 0, 25, 26 … */
export function columnLetters(column: number): string {
  let letters = "";
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}

/** Whether a decimal survives as the double of a spreadsheet, which shows 15 significant digits. */
export function fitsDouble(decimal: string): boolean {
  if (decimal.length <= 15) return true;
  return decimal.replace(/^-?0*\.?0*/, "").replace(".", "").length <= 15;
}
