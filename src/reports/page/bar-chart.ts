import { BarChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { escapeHtml } from "./html.ts";

use([BarChart, GridComponent, MarkLineComponent, SVGRenderer]);

export const COLOURS = { today: "#8b97a5", recommended: "#1b6a80", bound: "#b23a1e", ink: "#22303c" } as const;

export interface BarSeries {
  /** One for all bars, or one each. */
  readonly colours: readonly (keyof typeof COLOURS)[];
  readonly values: readonly number[];
  /** What stands at the end of each bar. */
  readonly labels: readonly string[];
}

/** Horizontal bars by category, from the top, with an optional upright line. */
export interface BarChartSpec {
  readonly categories: readonly string[];
  readonly series: readonly BarSeries[];
  readonly line?: number;
}

const FONT_PIXELS = 13;
const CHARACTER_PIXELS = 7.2;
const BAR_PIXELS = 16;
const BAR_GAP_PIXELS = 3;
const CATEGORY_GAP_PIXELS = 16;
const EDGE_PIXELS = 6;

/** Draws a chart as SVG that needs no script, no style sheet and no font of its own. */
export function drawBarChart(spec: BarChartSpec, width: number): string {
  const series = spec.series.length;
  const step = series * BAR_PIXELS + (series - 1) * BAR_GAP_PIXELS + CATEGORY_GAP_PIXELS;
  const height = Math.max(1, spec.categories.length) * step + 2 * EDGE_PIXELS;
  const names = namesWidth(spec.categories, width);
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    textStyle: { fontSize: FONT_PIXELS },
    grid: { left: names + 10, right: labelsWidth(spec), top: EDGE_PIXELS, bottom: EDGE_PIXELS },
    xAxis: { type: "value", show: false, ...extent(spec) },
    yAxis: {
      type: "category",
      inverse: true,
      data: [...spec.categories],
      axisTick: { show: false },
      axisLine: { lineStyle: { color: "#c3ccd5" } },
      axisLabel: { color: COLOURS.ink, fontSize: FONT_PIXELS, width: names, overflow: "truncate", interval: 0 },
    },
    series: spec.series.map((bars, k) => ({
      type: "bar",
      silent: true,
      emphasis: { disabled: true },
      barWidth: BAR_PIXELS,
      barGap: `${(100 * BAR_GAP_PIXELS) / BAR_PIXELS}%`,
      data: bars.values.map((value, at) => ({
        value,
        itemStyle: { color: COLOURS[bars.colours[at] ?? bars.colours[0] ?? "recommended"] },
        label: { show: true, position: "right", color: COLOURS.ink, fontSize: FONT_PIXELS, textBorderWidth: 0, formatter: () => bars.labels[at] ?? "" },
      })),
      ...(k === 0 && spec.line !== undefined ? { markLine: lineAt(spec.line) } : {}),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return plainSvg(svg);
}

function lineAt(value: number): object {
  return {
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { color: COLOURS.bound, width: 2, type: [5, 4] },
    data: [{ xAxis: value }],
  };
}

/** Bars begin at zero, always; without any length an axis of one unit keeps the labels in place. */
function extent({ series, line = 0 }: BarChartSpec): { min: number; max: number } {
  const values = series.flatMap(({ values: all }) => [...all]);
  const max = Math.max(0, line, ...values);
  const min = Math.min(0, ...values);
  return { min, max: max === min ? min + 1 : max };
}

function namesWidth(categories: readonly string[], width: number): number {
  const longest = Math.max(1, ...categories.map((category) => category.length));
  return Math.min(longest * CHARACTER_PIXELS, width * 0.36);
}

function labelsWidth({ series }: BarChartSpec): number {
  return 12 + CHARACTER_PIXELS * Math.max(1, ...series.flatMap(({ labels }) => labels.map((label) => label.length)));
}

/** Drops what only a live chart needs, and inline styles, which a strict content policy refuses. */
function plainSvg(svg: string): string {
  return svg
    .slice(0, svg.includes("<style") ? svg.lastIndexOf("<style") : svg.lastIndexOf("</svg>"))
    .replace(/ (?:ecmeta_\w+|class|xml:space|pointer-events|xmlns:xlink|baseProfile|version|xmlns)="[^"]*"/g, "")
    .replace(/ style="([^"]*)"/g, (_, style: string) => styleAttributes(style))
    .replace(/<svg width="\d+" height="\d+"/, '<svg aria-hidden="true" focusable="false"')
    .concat("</svg>");
}

function styleAttributes(style: string): string {
  return style
    .split(";")
    .map((rule) => /^font-(?:size|weight):(\w+)$/.exec(rule.trim()))
    .map((rule) => (rule === null ? "" : ` ${rule[0].split(":")[0] ?? ""}="${escapeHtml(rule[1] ?? "")}"`))
    .join("");
}
