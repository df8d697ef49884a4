import { Readable } from "node:stream";
import { PoolwiseError } from "../../billing/errors.ts";
import type { RatePlan, Tariff } from "../../billing/rate-plan.ts";
import { bytes, picos } from "../../billing/units.ts";
import type { InputSource } from "./input-source.ts";

/** A file that only exists in a test: its bytes come in pieces of `pieceBytes`. */
export function fileOf(content: string | Uint8Array, name = "devices.csv", pieceBytes = 65_536): InputSource {
  const all = typeof content === "string" ? Buffer.from(content) : Buffer.from(content);
  function* pieces(): Generator<Buffer> {
    for (let at = 0; at < all.length; at += pieceBytes) yield all.subarray(at, at + pieceBytes);
  }
  return { name, stream: Readable.from(pieces()) };
}

export function iccidOf(index: number): string {
  return `8901260${String(index).padStart(12, "0")}`;
}

export function planOf(code: string, fields: Partial<RatePlan> = {}): RatePlan {
  return {
    code,
    type: "individual",
    pool: "",
    monthlyCost: picos(1_000_000_000_000n),
    includedBytes: bytes(0),
    overage: "none",
    overageRate: picos(0n),
    overageBlockBytes: bytes(0),
    usageIncrementBytes: bytes(0),
    proration: "full",
    prorateIncluded: false,
    regulatoryFee: picos(0n),
    minDevices: 0,
    maxDevices: Infinity,
    available: true,
    ...fields,
  };
}

export function tariffOf(codes: readonly string[], fields: Partial<Tariff> = {}): Tariff {
  return {
    currency: "USD",
    plans: codes.map((code) => planOf(code)),
    fixedPools: [],
    taxRates: new Map(),
    accountTaxRate: picos(0n),
    cycleDays: 30,
    ...fields,
  };
}

/** The error that reading ends in. */
export async function refusalOf(reading: Promise<unknown>): Promise<PoolwiseError> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof PoolwiseError) return error;
    throw error;
  }
  throw new Error("expected the file to be refused");
}
