/**
 * Whether some object of a JSON text names a key twice, of which two readers may take different ones.
 * Counts the colons outside strings against the keys of the value that `JSON.parse` made of it. O(length).
 */
export function hasDuplicateKeys(text: string, value: unknown): boolean {
  return colonsOutsideStrings(text) !== keysOf(value);
}

function colonsOutsideStrings(text: string): number {
  let colons = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x3a) colons++;
  }
  return colons;
}

function keysOf(value: unknown): number {
  let keys = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    const values: unknown[] = Object.values(next);
    if (!Array.isArray(next)) keys += values.length;
    for (const inner of values) if (typeof inner === "object" && inner !== null) open.push(inner);
  }
  return keys;
}
