import { InvalidArgumentError } from "commander";

/** Argument parsers for commander. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("A whole number was expected.");
  return Number(text);
}

export function accountId(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError(
      "The number of a carrier account was expected: see poolwise carrier list.",
    );
  }
  return Number(text);
}

export function decimal(text: string): number {
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError("A number from 0 up was expected.");
  return Number(text);
}

/** A decimal amount of money, kept as it was written. */
export function amount(text: string): string {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return text;
  throw new InvalidArgumentError("An amount from 0 up with at most 6 decimals was expected, such as 0.50.");
}
