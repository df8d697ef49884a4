import type { Html } from "../page/html.ts";
import { markup, name, rawHtml } from "../page/html.ts";
import type { Bar, Block, MailContent, Tone } from "./mail-content.ts";

// Mail programs know little: tables for layout, styles on the element, no outside files. The one style sheet only
// adds what some of them know, dark colours, and nothing is lost without it.
const INK = "#22303c";
const SOFT = "#566472";
const LINE = "#d9e0e6";
const FONT = "font-family:'Segoe UI',Helvetica,Arial,sans-serif;";
const TONES: Readonly<Record<Tone, string>> = { plain: "#8b97a5", good: "#1b6a80", warning: "#b23a1e" };
const BARS: Readonly<Record<Bar["tone"], string>> = {
  today: "#8b97a5",
  recommended: "#1b6a80",
  bound: "#b9c4cd",
};

const DARK = `
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.ground{background:#12181d!important}
.paper{background:#1b232a!important}
.tint{background:#242e37!important}
.ink{color:#e8edf1!important}
.soft{color:#a9b6c2!important}
.line{border-color:#3a4650!important}
.link{color:#7cc7dc!important}
}`;

/** The HTML of a mail. */
export function mailHtml(content: MailContent): string {
  const blocks = content.blocks.map(
    (block) => markup`<tr><td style="padding:24px 0 0">${blockHtml(block)}</td></tr>\n`,
  );
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no, date=no, address=no">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${content.subject}</title>
<style>${rawHtml(DARK)}</style>
</head>
<body class="ground" style="margin:0;padding:0;background:#eef2f5">
<div style="display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;color:#eef2f5">${content.preview}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="ground" style="background:#eef2f5"><tr><td align="center" style="padding:24px 8px">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="paper" style="max-width:600px;background:#ffffff;border-top:4px solid #1b6a80">
<tr><td style="padding:24px 20px 28px;text-align:left;${rawHtml(FONT)}font-size:15px;line-height:22px;color:${INK}" class="ink">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="table-layout:fixed">
<tr><td style="${rawHtml(FONT)}font-size:15px;line-height:22px;color:${INK};word-wrap:break-word;overflow-wrap:anywhere" class="ink"><strong>${name(content.title)}</strong></td></tr>
<tr><td style="${rawHtml(FONT)}font-size:13px;line-height:20px;color:${SOFT}" class="soft">${content.subtitle}</td></tr>
<tr><td style="padding:20px 0 0;${rawHtml(FONT)}"><h1 class="ink" style="margin:0;font-size:26px;line-height:32px;font-weight:700;color:${INK}">${unbroken(content.headline)}</h1></td></tr>
<tr><td style="padding:8px 0 0;${rawHtml(FONT)}font-size:15px;line-height:22px;color:${INK}" class="ink">${unbroken(content.lead)}</td></tr>
${blocks}<tr><td style="padding:28px 0 0"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="soft line" style="border-top:1px solid ${LINE};padding:12px 0 0;${rawHtml(FONT)}font-size:12px;line-height:18px;color:${SOFT};overflow-wrap:anywhere">${content.footer.map((line) => markup`${line}<br>`)}</td></tr></table></td></tr>
</table>
</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
`.html;
}

/** An amount stays with its currency, a percentage with its sign. */
function unbroken(text: string): string {
  return text.replace(
    /\b([A-Z]{3}) (?=-?\d)|(?<=\d) (?=%)/g,
    (_, currency: string | undefined) => `${currency ?? ""}\u00a0`,
  );
}

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case "bars":
      return markup`${titleHtml(block.title)}${block.bars.map(barHtml)}`;
    case "box":
      return boxHtml(block.tone, block.title, block.text);
    case "table":
      return tableHtml(block);
    case "list":
      return markup`${titleHtml(block.title)}${block.items.map((item) => paragraph(item))}`;
    case "links":
      return markup`${titleHtml(block.title)}${paragraph(block.text)}${block.links.map(linkHtml)}`;
    case "command":
      return commandHtml(block.text, block.command);
  }
}

const titleHtml = (text: string): Html =>
  markup`<h2 class="ink" style="margin:0 0 8px;${rawHtml(FONT)}font-size:16px;line-height:22px;font-weight:700;color:${INK}">${text}</h2>`;

const paragraph = (text: string): Html =>
  markup`<p class="ink" style="margin:0 0 8px;${rawHtml(FONT)}font-size:14px;line-height:21px;color:${INK};overflow-wrap:anywhere">${unbroken(text)}</p>`;

function barHtml({ label, amount, share, tone }: Bar): Html {
  const percent = Math.max(1, Math.min(100, Math.round(share * 100)));
  const rest =
    percent === 100
      ? undefined
      : markup`<td width="${100 - percent}%" style="font-size:0;line-height:0">&nbsp;</td>`;
  return markup`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 10px"><tr>
<td class="soft" style="${rawHtml(FONT)}font-size:14px;line-height:20px;color:${SOFT}">${label}</td>
<td class="ink" align="right" style="${rawHtml(FONT)}font-size:16px;line-height:20px;font-weight:700;color:${INK};white-space:nowrap">${unbroken(amount)}</td></tr>
<tr><td colspan="2" style="padding:3px 0 0"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td width="${percent}%" height="10" bgcolor="${BARS[tone]}" style="background:${BARS[tone]};font-size:0;line-height:10px;height:10px">&nbsp;</td>${rest}</tr></table></td></tr></table>
`;
}

function boxHtml(tone: Tone, title: string, text: string): Html {
  return markup`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="tint ink" bgcolor="#f4f7f9" style="background:#f4f7f9;border-left:4px solid ${TONES[tone]};padding:12px 14px;${rawHtml(FONT)}font-size:14px;line-height:21px;color:${INK};overflow-wrap:anywhere"><strong>${unbroken(title)}.</strong><br>${unbroken(text)}</td></tr></table>
`;
}

function tableHtml({ title, columns, rows }: Extract<Block, { kind: "table" }>): Html {
  const padding = (k: number): string =>
    k === columns.length - 1 ? "6px 0 6px 8px" : k === 0 ? "6px 8px 6px 0" : "6px 8px";
  const align = (k: number): string => (columns[k]?.right === true ? "right" : "left");
  const nowrap = (k: number): string =>
    columns[k]?.right === true ? "white-space:nowrap" : "overflow-wrap:anywhere;word-break:break-word";
  const head = columns.map(
    (column, k) =>
      markup`<th scope="col" class="soft line" align="${align(k)}" style="text-align:${align(k)};padding:${padding(k)};border-bottom:2px solid ${LINE};${rawHtml(FONT)}font-size:13px;line-height:18px;font-weight:400;color:${SOFT};white-space:nowrap">${column.title}</th>`,
  );
  const body = rows.map(
    (row) =>
      markup`<tr>${row.map((cell, k) => markup`<td class="ink line" align="${align(k)}" style="text-align:${align(k)};padding:${padding(k)};border-bottom:1px solid ${LINE};${rawHtml(FONT)}font-size:14px;line-height:19px;color:${INK};${nowrap(k)}">${k === 0 ? name(cell) : cell}</td>`)}</tr>\n`,
  );
  return markup`${titleHtml(title)}<table width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse"><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table>
`;
}

const linkHtml = ({ label, url }: { label: string; url: string }): Html =>
  markup`<p style="margin:0 0 8px;${rawHtml(FONT)}font-size:15px;line-height:22px"><a class="link" href="${url}" style="color:#1b6a80;font-weight:700">${label}</a></p>`;

const commandHtml = (text: string, command: string): Html =>
  markup`<p class="soft" style="margin:0 0 4px;${rawHtml(FONT)}font-size:13px;line-height:19px;color:${SOFT}">${text}</p><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="tint ink" bgcolor="#f4f7f9" style="background:#f4f7f9;padding:8px 12px;font-family:Consolas,Menlo,'Courier New',monospace;font-size:13px;line-height:19px;color:${INK};overflow-wrap:anywhere;word-break:break-word">${command}</td></tr></table>
`;
