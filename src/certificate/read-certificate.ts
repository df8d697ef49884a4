import type { Certificate, InputHashes, InputName } from "./certificate.ts";
import { CERTIFICATE_FORMAT, INPUT_NAMES } from "./certificate.ts";
import { hasDuplicateKeys } from "./duplicate-keys.ts";
import { ATTO_PLACES, MICRO_PLACES } from "./exact.ts";
import { describe, isObject, readAmount, readFields } from "./read-fields.ts";
import { readProof } from "./read-proof.ts";
import { readSettings } from "./read-settings.ts";
import { Reasons, quoted } from "./reasons.ts";

const FIELDS = ["format", "inputs", "settings", "bill", "bound", "gap", "lattice", "proof"] as const;

/** The text is a certificate of the right form, or why not. `isJson` false: it is not even JSON. */
export type ReadCertificate =
  | { readonly certificate: Certificate }
  | {
      readonly certificate: undefined;
      readonly isJson: boolean;
      readonly reasons: readonly string[];
      readonly reasonCount: number;
    };

/** Reads the text of a certificate and checks its form, strictly: unknown fields are refused. O(length). */
export function readCertificate(text: string): ReadCertificate {
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : "unknown fault";
    const reason = `The certificate is not JSON: ${detail.slice(0, 200)}.`;
    return { certificate: undefined, isJson: false, reasons: [reason], reasonCount: 1 };
  }
  const reasons = new Reasons();
  const certificate = readTop(value, reasons);
  if (certificate !== undefined && hasDuplicateKeys(text, value)) {
    reasons.add("Some object in the certificate names a field twice.");
  }
  if (certificate !== undefined && reasons.count === 0) return { certificate };
  return { certificate: undefined, isJson: true, reasons: reasons.list, reasonCount: reasons.count };
}

function readTop(value: unknown, reasons: Reasons): Certificate | undefined {
  if (isObject(value) && Object.hasOwn(value, "format") && value.format !== CERTIFICATE_FORMAT) {
    reasons.add(
      () => `format is ${describe(value.format)}; this checker reads ${quoted(CERTIFICATE_FORMAT)} alone.`,
    );
    return undefined;
  }
  const fields = readFields(value, FIELDS, "The certificate", reasons);
  if (fields === undefined) return undefined;
  const inputs = readInputs(fields.inputs, reasons);
  const settings = readSettings(fields.settings, reasons);
  const bill = readAmount(fields.bill, MICRO_PLACES, "bill", reasons);
  const bound = readAmount(fields.bound, ATTO_PLACES, "bound", reasons);
  const lattice =
    fields.lattice === null ? undefined : readAmount(fields.lattice, MICRO_PLACES, "lattice", reasons);
  if (lattice === 0n) reasons.add("lattice is 0; it must be null or above 0.");
  const proof = readProof(fields.proof, reasons);
  const { gap } = fields;
  if (gap !== null && typeof gap !== "number") {
    reasons.add(
      () => `gap is ${describe(gap)}; it must be a number, or null where the bound is 0 and the bill is not.`,
    );
    return undefined;
  }
  if (!inputs || !settings || bill === undefined || bound === undefined || !proof) return undefined;
  return { inputs, settings, bill, bound, gap: gap ?? undefined, lattice, proof };
}

function readInputs(value: unknown, reasons: Reasons): InputHashes | undefined {
  if (!isObject(value)) {
    reasons.add(() => `inputs is ${describe(value)}; it must be an object of SHA-256 by input name.`);
    return undefined;
  }
  const before = reasons.count;
  const hashes: Partial<Record<InputName, string>> = {};
  for (const [name, hash] of Object.entries(value)) {
    const known = INPUT_NAMES.find((input) => input === name);
    if (known === undefined)
      reasons.add(() => `inputs names ${quoted(name)}; it may name ${INPUT_NAMES.join(", ")}.`);
    else if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash)) {
      reasons.add(
        () =>
          `inputs.${name} is ${describe(hash)}; it must be a SHA-256 of 64 hexadecimal digits in lower case.`,
      );
    } else hashes[known] = hash;
  }
  for (const name of ["devices", "plans"] as const) {
    if (!Object.hasOwn(value, name)) reasons.add(`inputs does not name ${name}.`);
  }
  return reasons.count > before ? undefined : hashes;
}
