const SHOWN_CHARACTERS = 40;

/** A cell's text for a message: quoted, short, and without control characters that could play with a terminal. */
export function showCell(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\u{fffd}");
  const characters = [...clean];
  return `"${characters.length > SHOWN_CHARACTERS ? `${characters.slice(0, SHOWN_CHARACTERS).join("")}…` : clean}"`;
}
