import type { Writable } from "node:stream";
import { xmlAttribute, xmlText } from "./cell-text.ts";
import type { SheetOut, SheetShape } from "./sheet-out.ts";
import { sheetOut } from "./sheet-out.ts";
import { stylesXml } from "./styles.ts";
import type { ZipOut } from "./zip-out.ts";
import { zipOut } from "./zip-out.ts";

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const DOCUMENT = "application/vnd.openxmlformats";

/** An .xlsx written to a stream, sheet after sheet. */
export interface WorkbookOut {
  /** Opens a sheet; the one before it must have ended. */
  sheet(name: string, shape: SheetShape): SheetOut;
  /** Writes what names the sheets, and the archive's directory; the stream stays open. */
  end(): Promise<void>;
}

interface NamedSheet {
  readonly name: string;
  readonly shape: SheetShape;
}

/** How many sheets there are shows at the end, so that the parts that list them come last. */
export async function workbookOut(stream: Writable, title: string, currency: string): Promise<WorkbookOut> {
  const zip = zipOut(stream);
  const sheets: NamedSheet[] = [];
  await part(zip, "_rels/.rels", packageRelationshipsXml());
  await part(zip, "docProps/core.xml", corePropertiesXml(title));
  await part(zip, "docProps/app.xml", appPropertiesXml());
  await part(zip, "xl/styles.xml", stylesXml(currency));
  return {
    sheet(name, shape) {
      sheets.push({ name, shape });
      return sheetOut(zip.entry(`xl/worksheets/sheet${sheets.length}.xml`), shape);
    },
    async end() {
      await part(zip, "xl/workbook.xml", workbookXml(sheets));
      await part(zip, "xl/_rels/workbook.xml.rels", workbookRelationshipsXml(sheets));
      await part(zip, "[Content_Types].xml", contentTypesXml(sheets));
      zip.end();
    },
  };
}

async function part(zip: ZipOut, name: string, xml: string): Promise<void> {
  const entry = zip.entry(name);
  entry.write(XML + xml);
  await entry.end();
}

function contentTypesXml(sheets: readonly NamedSheet[]): string {
  const override = (path: string, type: string): string =>
    `<Override PartName="${path}" ContentType="${type}"/>`;
  return (
    `<Types xmlns="${PACKAGE}/content-types">` +
    `<Default Extension="rels" ContentType="${DOCUMENT}-package.relationships+xml"/>` +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    override("/xl/workbook.xml", `${TYPES}.sheet.main+xml`) +
    override("/xl/styles.xml", `${TYPES}.styles+xml`) +
    sheets.map((_, k) => override(`/xl/worksheets/sheet${k + 1}.xml`, `${TYPES}.worksheet+xml`)).join("") +
    override("/docProps/core.xml", `${DOCUMENT}-package.core-properties+xml`) +
    override("/docProps/app.xml", `${DOCUMENT}-officedocument.extended-properties+xml`) +
    "</Types>"
  );
}

function packageRelationshipsXml(): string {
  return relationshipsXml([
    [`${RELATIONSHIPS}/officeDocument`, "xl/workbook.xml"],
    [`${PACKAGE}/relationships/metadata/core-properties`, "docProps/core.xml"],
    [`${RELATIONSHIPS}/extended-properties`, "docProps/app.xml"],
  ]);
}

function workbookRelationshipsXml(sheets: readonly NamedSheet[]): string {
  return relationshipsXml([
    ...sheets.map((_, k): [string, string] => [`${RELATIONSHIPS}/worksheet`, `worksheets/sheet${k + 1}.xml`]),
    [`${RELATIONSHIPS}/styles`, "styles.xml"],
  ]);
}

function relationshipsXml(targets: readonly (readonly [string, string])[]): string {
  const items = targets.map(
    ([type, target], k) => `<Relationship Id="rId${k + 1}" Type="${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="${PACKAGE}/relationships">${items.join("")}</Relationships>`;
}

function workbookXml(sheets: readonly NamedSheet[]): string {
  const items = sheets.map(
    ({ name }, k) => `<sheet name="${xmlAttribute(name)}" sheetId="${k + 1}" r:id="rId${k + 1}"/>`,
  );
  const titles = sheets.flatMap(({ name, shape }, k) =>
    shape.table
      ? [`<definedName name="_xlnm.Print_Titles" localSheetId="${k}">'${xmlText(name)}'!$1:$1</definedName>`]
      : [],
  );
  return (
    `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONSHIPS}">` +
    '<bookViews><workbookView xWindow="0" yWindow="0" windowWidth="28800" windowHeight="15000" activeTab="0"/></bookViews>' +
    `<sheets>${items.join("")}</sheets>` +
    (titles.length === 0 ? "" : `<definedNames>${titles.join("")}</definedNames>`) +
    "</workbook>"
  );
}

function corePropertiesXml(title: string): string {
  return (
    `<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
    `<dc:title>${xmlText(title)}</dc:title><dc:creator>Poolwise</dc:creator></cp:coreProperties>`
  );
}

function appPropertiesXml(): string {
  return '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Poolwise</Application></Properties>';
}
