// Controls, and characters that turn the direction of what is around them.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSHOWN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** A name from outside in one line that can neither end a header nor reorder the text around it. */
export function plainName(text: string, longest = 80): string {
  const line = text.toWellFormed().replace(UNSHOWN, " ").replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1).toWellFormed()}…` : line;
}
