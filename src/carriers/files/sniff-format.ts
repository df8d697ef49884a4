import { PoolwiseError } from "../../billing/errors.ts";

const REFUSED: readonly {
  readonly magic: readonly number[];
  readonly what: string;
  readonly mend: string;
}[] = [
  {
    magic: [0xd0, 0xcf, 0x11, 0xe0],
    what: "an old Excel workbook (.xls) or a protected one",
    mend: "Save it as .xlsx without a password, or as CSV UTF-8",
  },
  { magic: [0x25, 0x50, 0x44, 0x46], what: "a PDF", mend: "Export the table as CSV" },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], what: "a Zstandard file", mend: "Decompress it, or use gzip" },
  { magic: [0x42, 0x5a, 0x68], what: "a bzip2 file", mend: "Decompress it, or use gzip" },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: "an xz file", mend: "Decompress it, or use gzip" },
  { magic: [0x50, 0x41, 0x52, 0x45], what: "an encrypted Parquet file", mend: "Write it without encryption" },
];

/** The format by the first bytes, whatever the name says. */
export function sniffFormat(head: Uint8Array, name: string): "text" | "sheet" | "parquet" {
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return "sheet";
  if (startsWith(head, [0x50, 0x41, 0x52, 0x31])) return "parquet";
  const refused = REFUSED.find(({ magic }) => startsWith(head, magic));
  if (refused !== undefined) {
    throw new PoolwiseError(
      "file-unreadable",
      `${name} is ${refused.what}, which is not read. ${refused.mend}.`,
      { data: { file: name } },
    );
  }
  if (head.includes(0)) {
    throw new PoolwiseError(
      "file-unreadable",
      `${name} is not text. Expected CSV (UTF-8), .xlsx, .parquet, or one of these in .gz.`,
      { data: { file: name } },
    );
  }
  return "text";
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => head[i] === byte);
}
