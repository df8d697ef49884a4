/** Past this a spreadsheet no longer holds every integer, and shows it in scientific notation. */
const EXACT_IN_SPREADSHEETS = 1e15;

/**
 * The shortest decimal that reads back as the same number, as a person would have typed it. Numbers of 16 digits and
 * more come in scientific notation, which the readers refuse: digits may be missing in them.
 */
export function plainDecimal(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= EXACT_IN_SPREADSHEETS) return value.toExponential();
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", first = "", rest = "", exponent = "0"] = match;
  return `${sign}0.${"0".repeat(Number(exponent) - 1)}${first}${rest}`;
}
