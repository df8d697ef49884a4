import type { BarChartSpec, ChartShape } from "./bar-chart.ts";
import { drawBarChart } from "./bar-chart.ts";
import type { Html } from "./html.ts";
import { markup, rawHtml } from "./html.ts";

const WIDE: ChartShape = { widthPixels: 760, names: "left" };
const NARROW: ChartShape = { widthPixels: 328, names: "above" };

export type Key = "today" | "recommended" | "bound";

export interface FigureSpec extends BarChartSpec {
  readonly caption: string;
  /** What a reader who cannot see the drawing is told. */
  readonly description: string;
  readonly keys?: readonly (readonly [Key, string])[];
}

/** A chart drawn twice, for paper and screen and for a phone. */
export function figure({ caption, description, keys = [], ...spec }: FigureSpec): Html {
  const key = keys.map(([kind, label]) => markup` <span class="key"><i class="${kind}"></i>${label}</span>`);
  return markup`<figure><figcaption>${caption}${keys.length === 0 ? undefined : markup`<br>`}${key}</figcaption>
<div role="img" aria-label="${description}"><div class="wide">${rawHtml(drawBarChart(spec, WIDE))}</div><div class="narrow">${rawHtml(drawBarChart(spec, NARROW))}</div></div>
</figure>
`;
}
