const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

const SEPARATORS = [",", ";", "\t", "|"];

/** End of the first line, outside quotes: the index of its newline byte, or -1 where there is none yet. */
export function findLineEnd(bytes: Uint8Array, start: number, end: number): number {
  let quoted = false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && (byte === LF || byte === CR)) return i;
  }
  return -1;
}

/** Lone CRs end rows in files of old Macs; everywhere else an LF does. */
export function newlineOf(bytes: Uint8Array, lineEnd: number): number {
  return lineEnd >= 0 && bytes[lineEnd] === CR && bytes[lineEnd + 1] !== LF ? CR : LF;
}

/** The separator that brings out the most known columns, then the most cells; a comma where nothing tells. */
export function detectSeparator(headerLine: string, knownColumns: readonly string[]): number {
  const known = new Set(knownColumns);
  let best = { separator: ",", named: -1, cells: 0 };
  for (const separator of SEPARATORS) {
    const cells = cellsOutsideQuotes(headerLine, separator);
    const named = cells.filter((cell) => known.has(cell)).length;
    if (named > best.named || (named === best.named && cells.length > best.cells))
      best = { separator, named, cells: cells.length };
  }
  return best.separator.charCodeAt(0);
}

function cellsOutsideQuotes(line: string, separator: string): string[] {
  const cells: string[] = [];
  let quoted = false;
  let cell = "";
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      cells.push(cell.trim().toLowerCase());
      cell = "";
    } else cell += character;
  }
  cells.push(cell.trim().toLowerCase());
  return cells;
}

/** Excel's own first line `sep=;`, which names the separator. */
export function declaredSeparator(line: string): number | undefined {
  return /^"?sep=(.)"?$/i.exec(line.trim())?.[1]?.charCodeAt(0);
}
