import { formatMegabytesExact } from "../../billing/decimal.ts";
import { exactMoney, pricePerMegabyte } from "../number-text.ts";
import { fitsDouble, xmlText } from "./cell-text.ts";
import type { StyleIndex } from "./styles.ts";
import { Style } from "./styles.ts";

/** A cell's XML from its place, such as "B7" for column letters and row number. */
export type Cell = (place: string) => string;

const OUTER_BLANK = /^\s|\s$|\n/;

/** The XML of a text in its place: never a number, never a formula. */
export function textXml(place: string, text: string, style: StyleIndex = Style.text): string {
  if (text === "") return blankCell(style)(place);
  const preserve = OUTER_BLANK.test(text) ? ' xml:space="preserve"' : "";
  return `<c r="${place}" s="${style}" t="inlineStr"><is><t${preserve}>${xmlText(text)}</t></is></c>`;
}

/** The XML of a decimal: a number where a double holds it, text where it does not. */
export function decimalXml(place: string, decimal: string, style: StyleIndex): string {
  return fitsDouble(decimal)
    ? `<c r="${place}" s="${style}"><v>${decimal}</v></c>`
    : textXml(place, decimal, Style.exactText);
}

export function textCell(text: string, style: StyleIndex = Style.text): Cell {
  return (place) => textXml(place, text, style);
}

function decimalCell(decimal: string, style: StyleIndex): Cell {
  return (place) => decimalXml(place, decimal, style);
}

export function blankCell(style: StyleIndex = Style.plain): Cell {
  return (place) => (style === Style.plain || style === Style.text ? "" : `<c r="${place}" s="${style}"/>`);
}

export const moneyCell = (micros: number, style: StyleIndex = Style.money): Cell =>
  decimalCell(exactMoney(micros), style);
export const countCell = (value: number, style: StyleIndex = Style.count): Cell =>
  decimalCell(String(value), style);
export const dataCell = (bytes: number, style: StyleIndex = Style.data): Cell =>
  decimalCell(formatMegabytesExact(bytes), style);
export const priceCell = (micros: number): Cell => decimalCell(pricePerMegabyte(micros), Style.price);

/** A ratio, which is a double by nature. */
export function ratioCell(value: number | undefined, style: StyleIndex): Cell {
  return value === undefined || !Number.isFinite(value)
    ? blankCell()
    : (place) => `<c r="${place}" s="${style}"><v>${value}</v></c>`;
}
