import { STREAM, hash32 } from "./draws.ts";

const ISSUER = "8901410";

/** The ICCIDs of a fleet: issuer, a serial that runs with the device's number, a Luhn check digit. */
export class IccidScheme {
  readonly length: 19 | 20;
  readonly #firstSerial: number;
  readonly #serialDigits: number;

  constructor(length: 19 | 20, seed: number) {
    this.length = length;
    this.#serialDigits = length - ISSUER.length - 1;
    this.#firstSerial = 1 + (hash32(seed, STREAM.serial, 0) % 900) * 10_000_000;
  }

  iccidOf(device: number): string {
    const body = ISSUER + String(this.#firstSerial + device).padStart(this.#serialDigits, "0");
    return body + luhnDigit(body);
  }

  /** The number of the device that was made with this ICCID; it may lie outside the fleet, or be negative. */
  deviceOf(iccid: string): number | undefined {
    if (iccid.length !== this.length || !iccid.startsWith(ISSUER)) return undefined;
    const device = Number(iccid.slice(ISSUER.length, -1)) - this.#firstSerial;
    return device >= 0 && this.iccidOf(device) === iccid ? device : undefined;
  }
}

export function luhnDigit(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}
