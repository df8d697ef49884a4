const FORMULA_START = /^'*[=+\-@\t\r\n]/;
const PLAIN_NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const NEUTRALISED = /^'+[=+\-@\t\r\n]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * Text that a spreadsheet will not run: a `'` before what begins like a formula, after any `'` of its own, so that
 * `restoreText` gives back exactly what was there. Plain numbers stay as they are.
 */
export function neutraliseText(text: string): string {
  return FORMULA_START.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
}

/** What `neutraliseText` was given. */
export function restoreText(text: string): string {
  return NEUTRALISED.test(text) ? text.slice(1) : text;
}

/** A text as a CSV cell (RFC 4180), neutralised. */
export function csvText(text: string): string {
  return csvQuoted(neutraliseText(text));
}

function csvQuoted(text: string): string {
  const outerBlank = text.startsWith(" ") || text.endsWith(" ");
  return outerBlank || NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
