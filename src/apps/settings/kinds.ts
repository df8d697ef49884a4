import { z } from "zod";
import { Secret } from "./secret.ts";

/** How a setting is written, for the table in the docs. */
export interface Kind<Value> {
  readonly schema: z.ZodType<Value, string>;
  readonly written: string;
  readonly secret?: true;
}

const number = (text: string): number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);

export function wholeNumber(from: number, to: number): Kind<number> {
  const expected = `a whole number from ${from} to ${to}`;
  return {
    schema: z
      .string()
      .transform(number)
      .refine((value) => Number.isInteger(value) && value >= from && value <= to, expected),
    written: "whole number",
  };
}

export function decimal(from: number, to: number): Kind<number> {
  return {
    schema: z
      .string()
      .transform(number)
      .refine((value) => value >= from && value <= to, `a number from ${from} to ${to}`),
    written: "number",
  };
}

/** Seconds as they are written, milliseconds as they are used. */
export function seconds(from: number, to: number): Kind<number> {
  return {
    schema: z
      .string()
      .transform((text) => number(text) * 1_000)
      .refine((ms) => ms >= from * 1_000 && ms <= to * 1_000, `seconds from ${from} to ${to}`),
    written: "seconds",
  };
}

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

export const yesNo: Kind<boolean> = {
  schema: z.string().transform((text, issues) => {
    const value = WORDS[text.toLowerCase()];
    if (value !== undefined) return value;
    issues.addIssue({ code: "custom", message: "true or false" });
    return z.NEVER;
  }),
  written: "true or false",
};

export function oneOf<const Word extends string>(...words: readonly [Word, ...Word[]]): Kind<Word> {
  return {
    schema: z.enum(words, `one of ${words.join(", ")}`),
    written: words.map((word) => `\`${word}\``).join(", "),
  };
}

export const text: Kind<string> = { schema: oneLine(), written: "text" };

export const folder: Kind<string> = { schema: oneLine(), written: "folder" };

export const mailAddress: Kind<string> = {
  schema: z.string().refine(isMailAddress, "an address such as reports@example.com"),
  written: "mail address",
};

/** Separated by commas; blanks around them do not count. */
export const mailAddresses: Kind<readonly string[]> = {
  schema: z.string().transform((list, issues) => {
    const addresses = list
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "");
    const wrong = addresses.filter((each) => !isMailAddress(each));
    if (wrong.length === 0) return addresses;
    issues.addIssue({
      code: "custom",
      message: `addresses separated by commas; ${JSON.stringify(wrong[0])} is none`,
    });
    return z.NEVER;
  }),
  written: "mail addresses, by commas",
};

export function url(protocols: readonly string[], example: string): Kind<string> {
  const expected = `an address such as ${example}`;
  return { schema: z.string().refine((value) => isUrl(value, protocols), expected), written: "address" };
}

/** An address that may carry a password. */
export function secretUrl(protocols: readonly string[], example: string): Kind<Secret> {
  const { schema, written } = url(protocols, example);
  return { schema: schema.transform((value) => new Secret(value)), written, secret: true };
}

export function secretText(minLength: number): Kind<Secret> {
  return {
    schema: oneLine()
      .refine((value) => value.length >= minLength, `at least ${minLength} characters`)
      .transform((value) => new Secret(value)),
    written: "text",
    secret: true,
  };
}

// oxlint-disable-next-line no-control-regex -- control characters are what it refuses
const CONTROL = /[\u0000-\u001f\u007f]/;

function oneLine(): z.ZodType<string, string> {
  return z.string().refine((value) => !CONTROL.test(value), "one line of text");
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  const parsed = URL.parse(value);
  return parsed !== null && protocols.includes(parsed.protocol.slice(0, -1));
}

function isMailAddress(value: string): boolean {
  return /^[^\s@<>",;]+@[^\s@<>",;]+$/.test(value) && value.length <= 254;
}
