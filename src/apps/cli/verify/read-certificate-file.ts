import { PoolwiseError } from "../../../billing/errors.ts";
import type { InputSource } from "../../../carriers/files/input-source.ts";
import { openInput } from "../../../carriers/files/open-input.ts";
import type { ReadCertificate } from "../../../certificate/read-certificate.ts";
import { readCertificate } from "../../../certificate/read-certificate.ts";

/** A text must fit one string. */
const MAX_BYTES = 500_000_000;

/** @throws PoolwiseError `file-unreadable`, `bounds-exceeded`, or `input-invalid` where it is not JSON. */
export async function readCertificateFile(source: InputSource): Promise<ReadCertificate> {
  const { name, body } = await openInput(source);
  if (body.kind !== "text") throw notJson(name, "This is a workbook or a table.");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body.chunks) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) {
      throw new PoolwiseError(
        "bounds-exceeded",
        `${name} is longer than ${MAX_BYTES} bytes, the most that is read.`,
        {
          data: { file: name, limit: MAX_BYTES },
        },
      );
    }
  }
  const read = readCertificate(decoded(chunks, name));
  if (read.certificate === undefined && !read.isJson) throw notJson(name, read.reasons[0] ?? "");
  return read;
}

function decoded(chunks: readonly Uint8Array[], name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw notJson(name, "This is not UTF-8.");
  }
}

function notJson(name: string, detail: string): PoolwiseError {
  return new PoolwiseError(
    "input-invalid",
    `${name}: ${detail} Expected the certificate.json that optimize writes.`,
    { data: { file: name } },
  );
}
