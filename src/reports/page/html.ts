/** HTML that is safe to put into a page as it is. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | undefined | readonly Html[];

/** A template whose parts are escaped unless they are HTML already. */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.map((text, k) => (k === 0 ? text : partHtml(parts[k - 1]) + text)).join("") };
}

function partHtml(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  if ("html" in part) return part.html;
  return part.map((one) => one.html).join("");
}

/** Marks text of our own making, such as a drawing, as HTML. */
export const rawHtml = (text: string): Html => ({ html: text });

/** A name from the input: set apart, so that its writing direction touches nothing around it. */
export const name = (text: string): Html => markup`<bdi>${text}</bdi>`;

// oxlint-disable-next-line no-control-regex -- these have no place in HTML
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
