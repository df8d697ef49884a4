import { xmlAttribute } from "./cell-text.ts";

/** Index into `cellXfs` below. */
export const Style = {
  plain: 0,
  header: 1,
  text: 2,
  money: 3,
  moneyExact: 4,
  price: 5,
  count: 6,
  data: 7,
  percent: 8,
  gap: 9,
  seconds: 10,
  title: 11,
  label: 12,
  wrapped: 13,
  totalText: 14,
  totalMoney: 15,
  totalMoneyExact: 16,
  totalCount: 17,
  totalData: 18,
  strong: 19,
  headerRight: 20,
  exactText: 21,
} as const;

export type StyleIndex = (typeof Style)[keyof typeof Style];

const FIRST_FORMAT = 164;
/** Room of a bracket's width between a figure and the text to its right. */
const PAD = "_)";
const TEXT_FORMAT = 49;

const FONTS = [
  '<font><sz val="11"/><name val="Calibri"/><family val="2"/></font>',
  '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font>',
  '<font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/><family val="2"/></font>',
  '<font><b/><sz val="16"/><color rgb="FF1B4B5A"/><name val="Calibri"/><family val="2"/></font>',
];
const FILLS = [
  '<fill><patternFill patternType="none"/></fill>',
  '<fill><patternFill patternType="gray125"/></fill>',
  '<fill><patternFill patternType="solid"><fgColor rgb="FF1B4B5A"/><bgColor indexed="64"/></patternFill></fill>',
];
const BORDERS = [
  "<border><left/><right/><top/><bottom/><diagonal/></border>",
  '<border><left/><right/><top style="thin"><color rgb="FF1B4B5A"/></top><bottom/><diagonal/></border>',
];

/** Number formats with the run's currency. */
function formats(currency: string): string[] {
  const unit = `[$${currency.replace(/[^\p{L}\p{Sc}]/gu, "").slice(0, 8)}] `;
  return [
    `${unit}#,##0.00${PAD};[Red]-${unit}#,##0.00${PAD}`,
    `${unit}#,##0.00####${PAD};[Red]-${unit}#,##0.00####${PAD}`,
    `${unit}0.00######${PAD}`,
    `#,##0${PAD}`,
    `#,##0.000" MB"${PAD}`,
    `0.0%${PAD}`,
    `[>=0.01]0.0%${PAD};[>=0.0001]0.000%${PAD};0.00000000%${PAD}`,
    `0.000" s"${PAD}`,
  ];
}

interface Look {
  readonly format?: number;
  readonly font?: number;
  readonly fill?: number;
  readonly border?: number;
  readonly align?: string;
}

/** One per `Style`, in its order. */
const LOOKS: readonly Look[] = [
  {},
  { font: 2, fill: 2, align: '<alignment vertical="center" wrapText="1"/>' },
  { format: TEXT_FORMAT },
  { format: FIRST_FORMAT },
  { format: FIRST_FORMAT + 1 },
  { format: FIRST_FORMAT + 2 },
  { format: FIRST_FORMAT + 3 },
  { format: FIRST_FORMAT + 4 },
  { format: FIRST_FORMAT + 5 },
  { format: FIRST_FORMAT + 6 },
  { format: FIRST_FORMAT + 7 },
  { font: 3 },
  { font: 1, align: '<alignment vertical="top"/>' },
  { format: TEXT_FORMAT, align: '<alignment horizontal="left" vertical="top" wrapText="1" indent="1"/>' },
  { format: TEXT_FORMAT, font: 1, border: 1 },
  { format: FIRST_FORMAT, font: 1, border: 1 },
  { format: FIRST_FORMAT + 1, font: 1, border: 1 },
  { format: FIRST_FORMAT + 3, font: 1, border: 1 },
  { format: FIRST_FORMAT + 4, font: 1, border: 1 },
  { font: 1, align: '<alignment vertical="top" wrapText="1"/>' },
  { font: 2, fill: 2, align: '<alignment horizontal="right" vertical="center" wrapText="1" indent="1"/>' },
  { format: TEXT_FORMAT, align: '<alignment horizontal="right" indent="1"/>' },
];

export function stylesXml(currency: string): string {
  const numberFormats = formats(currency).map(
    (code, k) => `<numFmt numFmtId="${FIRST_FORMAT + k}" formatCode="${xmlAttribute(code)}"/>`,
  );
  return (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
    list("numFmts", numberFormats) +
    list("fonts", FONTS) +
    list("fills", FILLS) +
    list("borders", BORDERS) +
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
    list("cellXfs", LOOKS.map(lookXml)) +
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>' +
    "</styleSheet>"
  );
}

function list(name: string, items: readonly string[]): string {
  return `<${name} count="${items.length}">${items.join("")}</${name}>`;
}

function lookXml({ format = 0, font = 0, fill = 0, border = 0, align }: Look): string {
  const attributes =
    `numFmtId="${format}" fontId="${font}" fillId="${fill}" borderId="${border}" xfId="0"` +
    (format === 0 ? "" : ' applyNumberFormat="1"') +
    (font === 0 ? "" : ' applyFont="1"') +
    (fill === 0 ? "" : ' applyFill="1"') +
    (border === 0 ? "" : ' applyBorder="1"');
  return align === undefined ? `<xf ${attributes}/>` : `<xf ${attributes} applyAlignment="1">${align}</xf>`;
}
