import { expect, test } from "vitest";
import { certificateFor, leaf } from "./fixtures/claims.ts";
import { inputsOf } from "./fixtures/small-fleet.ts";
import { readCertificate } from "./read-certificate.ts";

const CERTIFICATE = certificateFor(
  inputsOf({ plans: [{ code: "U", monthly: "1", type: "unlimited" }], sims: [] }),
  {},
);
const TEXT = JSON.stringify(CERTIFICATE);

function reasonsFor(text: string): readonly string[] {
  const read = readCertificate(text);
  return read.certificate === undefined ? read.reasons : [];
}

test("reads a certificate of the right form, with a byte order mark as well", () => {
  expect(reasonsFor(TEXT)).toEqual([]);
  expect(reasonsFor(`\uFEFF${TEXT}`)).toEqual([]);
});

test("says that a text is not JSON at all", () => {
  for (const text of ["", "{", "bill,bound", `${TEXT}x`, "{'format':1}"]) {
    const read = readCertificate(text);
    expect(read.certificate === undefined && !read.isJson, text).toBe(true);
  }
});

test("names the version it reads where the certificate has another", () => {
  expect(reasonsFor(TEXT.replace("certificate/1", "certificate/2"))).toEqual([
    'format is the string "poolwise-certificate/2"; this checker reads "poolwise-certificate/1" alone.',
  ]);
});

test("refuses decimals in any other form", () => {
  const million = "9".repeat(1_000_000);
  const forms = [
    "",
    "-1",
    "+1",
    "01",
    "1.",
    ".5",
    "1e3",
    "1,000.5",
    " 1",
    "1 ",
    "0x1",
    "NaN",
    "Infinity",
    "1.0000001",
    "١",
    million,
    `1.${million}`,
  ];
  for (const form of forms)
    expect(
      reasonsFor(TEXT.replace('"bill":"0"', () => `"bill":${JSON.stringify(form)}`))[0],
      form.slice(0, 20),
    ).toMatch(/^bill is/);
  for (const value of ["0", "1e400", "null", "true", "[]", million])
    expect(reasonsFor(TEXT.replace('"bill":"0"', () => `"bill":${value}`)), value.slice(0, 20)).not.toEqual(
      [],
    );
  const price = (text: string) => reasonsFor(TEXT.replace('"pools":{}', () => `"pools":{"P":"${text}"}`));
  expect(price("0.123456789012345678")).toEqual([]);
  expect(price("0.1234567890123456789")).not.toEqual([]);
});

test("quotes at most the beginning of what it refuses", () => {
  const [reason] = reasonsFor(TEXT.replace('"bill":"0"', () => `"bill":"${"9".repeat(1_000_000)}"`));
  expect(reason?.length).toBeLessThan(300);
});

test("refuses a field that stands twice, of which two readers could take different ones", () => {
  expect(reasonsFor(TEXT.replace('"bill":"0"', '"bill":"0","bill":"0"'))).toEqual([
    "Some object in the certificate names a field twice.",
  ]);
  expect(reasonsFor(TEXT.replace('"pools":{}', '"pools":{"a\\":b":"0","a\\":b":"1"}'))).not.toEqual([]);
  expect(reasonsFor(TEXT.replace('"pools":{}', '"pools":{"a\\":b":"0","\\\\":"1"}'))).toEqual([]);
});

test("takes names of an object's own machinery for plain names", () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    expect(reasonsFor(TEXT.replace('"pools":{}', `"pools":{"${name}":"0"}`))).toEqual([]);
    expect(reasonsFor(TEXT.replace('"format"', `"${name}":{},"format"`))[0]).toContain("unknown field");
  }
});

test("refuses nodes of no form, of two forms and nesting in lists, to any depth", () => {
  const proof = (text: string) => reasonsFor(TEXT.replace(/"proof":.*$/, () => `"proof":${text}}`));
  const inner = JSON.stringify(leaf());
  expect(proof(inner)).toEqual([]);
  for (const node of [
    "{}",
    "[]",
    "null",
    `[${inner}]`,
    `{"pool":"P","blocks":1,"at_most":${inner}}`,
    `{"pool":"P","blocks":1,"sim":"1","plan":"P","on":${inner},"off":${inner},"at_most":${inner},"at_least":${inner}}`,
    `{"pool":"P","blocks":-1,"at_most":${inner},"at_least":${inner}}`,
    `{"pool":"P","blocks":1.5,"at_most":${inner},"at_least":${inner}}`,
    `{"pool":"P","blocks":9007199254740991,"at_most":${inner},"at_least":${inner}}`,
    `{"pool":"P","blocks":1e999,"at_most":${inner},"at_least":${inner}}`,
    `{"pool":"P","blocks":"1","at_most":${inner},"at_least":${inner}}`,
    `${"[".repeat(200_000)}${"]".repeat(200_000)}`,
    `${'{"pool":'.repeat(200_000)}1${"}".repeat(200_000)}`,
  ]) {
    expect(proof(node), node.slice(0, 60)).not.toEqual([]);
  }
});

test("refuses periods that are none", () => {
  const period = (start: string, end: string) =>
    reasonsFor(TEXT.replace('"period":null', `"period":{"start":"${start}","end":"${end}"}`));
  expect(period("2026-02-01", "2026-03-01")).toEqual([]);
  expect(period("2024-02-29", "2024-03-01")).toEqual([]);
  for (const [start, end] of [
    ["2026-02-29", "2026-03-01"],
    ["2026-03-01", "2026-03-01"],
    ["2026-03-02", "2026-03-01"],
    ["26-03-01", "26-04-01"],
    ["2026-13-01", "2027-01-01"],
  ] as const) {
    expect(period(start, end), `${start} ${end}`).not.toEqual([]);
  }
});
