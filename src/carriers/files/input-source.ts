/** A path, `-` for standard input, or a named stream. */
export type InputSource =
  | string
  | { readonly name: string; readonly stream: AsyncIterable<Uint8Array | string> };

export const STANDARD_INPUT = "-";

/** How messages and reports call a source. */
export function sourceName(source: InputSource): string {
  if (typeof source !== "string") return source.name;
  return source === STANDARD_INPUT ? "standard input" : source;
}

/** A file as it was read: `sha256` is of its bytes as they came, before decompression. */
export interface InputFile {
  readonly name: string;
  readonly sha256: string;
}
