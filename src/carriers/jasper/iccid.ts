import type { JasperSettings } from "./settings.ts";

export type IccidForm = JasperSettings["iccidForm"];

export type ReadIccid = { readonly iccid: string } | { readonly iccid: undefined; readonly reason: string };

/** The carrier's ICCID in our form. Nothing is guessed: one that is not what the form says is not read. */
export function fromApiIccid(raw: string, form: IccidForm): ReadIccid {
  const digits = raw.trim();
  if (!/^\d{18,22}$/.test(digits))
    return { iccid: undefined, reason: "an ICCID of 18 to 22 digits is expected" };
  if (form === "as-given") return { iccid: digits };
  return form === "19-to-20" ? withCheckDigit(digits) : withoutCheckDigit(digits);
}

/** Our ICCID as the carrier writes it; undefined where it cannot be one of the carrier's. */
export function toApiIccid(iccid: string, form: IccidForm): string | undefined {
  if (!/^\d{18,22}$/.test(iccid)) return undefined;
  if (form === "as-given") return iccid;
  return (form === "19-to-20" ? withoutCheckDigit(iccid) : withCheckDigit(iccid)).iccid;
}

function withCheckDigit(digits: string): ReadIccid {
  if (digits.length === 19) return { iccid: digits + checkDigit(digits) };
  return {
    iccid: undefined,
    reason: `19 digits are expected by the account's ICCID form, not ${digits.length}`,
  };
}

function withoutCheckDigit(digits: string): ReadIccid {
  if (digits.length !== 20)
    return {
      iccid: undefined,
      reason: `20 digits are expected by the account's ICCID form, not ${digits.length}`,
    };
  const body = digits.slice(0, 19);
  if (digits === body + checkDigit(body)) return { iccid: body };
  return { iccid: undefined, reason: "the last digit is not the check digit of the others" };
}

/** Luhn: from the right, every second digit is doubled, beginning with the last. */
export function checkDigit(digits: string): string {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}
