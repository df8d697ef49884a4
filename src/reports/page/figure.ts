import type { BarChartSpec } from "./bar-chart.ts";
import { drawBarChart } from "./bar-chart.ts";
import type { Html } from "./html.ts";
import { html, rawHtml } from "./html.ts";

const WIDE_PIXELS = 860;
const NARROW_PIXELS = 328;

export type Key = "today" | "recommended" | "bound";

export interface FigureSpec extends BarChartSpec {
  readonly caption: string;
  /** What a reader who cannot see the drawing is told. */
  readonly description: string;
  readonly keys?: readonly (readonly [Key, string])[];
}

/** A chart drawn twice, for paper and screen and for a phone. */
export function figure({ caption, description, keys = [], ...spec }: FigureSpec): Html {
  const key = keys.map(([kind, label]) => html` <span class="key"><i class="${kind}"></i>${label}</span>`);
  return html`<figure><figcaption>${caption}${keys.length === 0 ? undefined : html`<br>`}${key}</figcaption>
<div role="img" aria-label="${description}"><div class="wide">${rawHtml(drawBarChart(spec, WIDE_PIXELS))}</div><div class="narrow">${rawHtml(drawBarChart(spec, NARROW_PIXELS))}</div></div>
</figure>
`;
}
