/**
 * The text of an answer. JSON is UTF-8 by its own rules, but servers label it with their default charset and some
 * really use it: what is valid UTF-8 is read as such, anything else in the charset named, or as ISO-8859-1.
 */
export function decodeBody(body: Uint8Array, contentType: string | null): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return new TextDecoder(charsetOf(contentType)).decode(body);
  }
}

function charsetOf(contentType: string | null): string {
  const named = /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? "")?.[1];
  if (named === undefined || /^utf-?8$/i.test(named)) return "iso-8859-1";
  try {
    return new TextDecoder(named).encoding;
  } catch {
    return "iso-8859-1";
  }
}

/** A number that is not an integer of at most 15 digits, or a text that looks like one. */
const INEXACT_NUMBER = /(?:^|[:,[])\s*-?(?:\d{16}|\d+[.eE])/;

/** JSON with every number kept exactly: what a double cannot hold, or holds only nearly, comes as its text. */
export function parseExactJson(text: string): unknown {
  if (!INEXACT_NUMBER.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" && !Number.isSafeInteger(value) ? (context?.source ?? value) : value,
  ) as unknown;
}
