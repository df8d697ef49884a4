import { byteMarks } from "./byte-text.ts";
import type { ByteText } from "./byte-text.ts";

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

const NEEDS_A_LOOK = 1;
const COMMA = 2;
const QUOTE = 0x22;
const MARKS = byteMarks({ '"': NEEDS_A_LOOK, ",": COMMA });
const PLAIN_ENDS = byteMarks({ " ": 1, "=": 1, "+": 1, "-": 1, "@": 1, "'": 1 });

/** Writes `csvText`. */
export function writeCsvText(out: ByteText, text: string): void {
  if (text === "") return;
  const from = out.length;
  const marks = hasPlainEnds(text) ? out.writeMarked(text, MARKS) : NEEDS_A_LOOK;
  if (marks === 0) return;
  if (marks === COMMA) return out.surround(from, QUOTE);
  out.cut(from);
  out.write(csvText(text));
}

function hasPlainEnds(text: string): boolean {
  return PLAIN_ENDS[text.charCodeAt(0)] === 0 && PLAIN_ENDS[text.charCodeAt(text.length - 1)] === 0;
}
