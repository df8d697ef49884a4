// In one file: its modules, several hundred, take half a second to load.
import { init } from "echarts/dist/echarts.esm.min";
import { escapeHtml } from "./html.ts";

export const COLOURS = {
  today: "#8b97a5",
  recommended: "#1b6a80",
  bound: "#b23a1e",
  ink: "#22303c",
} as const;

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
  /** A bar longer than this is cut there and says so, where it would dwarf the others. */
  readonly cutAt?: number;
}

export interface ChartShape {
  readonly widthPixels: number;
  /** Where names stand: left of the bars, or above them where there is little width. */
  readonly names: "left" | "above";
}

const FONT_PIXELS = 12;
const CHARACTER_PIXELS = 7.6;
const BAR_PIXELS = 15;
const BAR_GAP_PIXELS = 3;
const CATEGORY_GAP_PIXELS = 15;
const NAME_PIXELS = 18;
const EDGE_PIXELS = 5;
const CUT_TEXT = " (bar cut)";
const LEFT_SHARE = 0.4;

/** Draws a chart as SVG that needs no script, no style sheet and no font of its own. */
export function drawBarChart(spec: BarChartSpec, shape: ChartShape): string {
  const { widthPixels, names } = shape;
  const bars = spec.series.length * (BAR_PIXELS + BAR_GAP_PIXELS) - BAR_GAP_PIXELS;
  const step = bars + CATEGORY_GAP_PIXELS + (names === "above" ? NAME_PIXELS : 0);
  const height = Math.max(1, spec.categories.length) * step + 2 * EDGE_PIXELS;
  const room =
    names === "above"
      ? widthPixels
      : Math.min(longest(spec.categories) * CHARACTER_PIXELS + 6, widthPixels * LEFT_SHARE);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: widthPixels, height });
  chart.setOption({
    animation: false,
    textStyle: { fontSize: FONT_PIXELS },
    grid: {
      left: names === "above" ? 2 : room + 10,
      right: labelsWidth(spec),
      top: EDGE_PIXELS,
      bottom: EDGE_PIXELS,
    },
    xAxis: { type: "value", show: false, ...extent(spec) },
    yAxis: {
      type: "category",
      z: 3,
      inverse: true,
      data: spec.categories.map((category) => shorten(category, Math.floor(room / CHARACTER_PIXELS))),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: "#c3ccd5" } },
      axisLabel: {
        color: COLOURS.ink,
        fontSize: FONT_PIXELS,
        interval: 0,
        ...(names === "above" ? aboveBars(bars) : {}),
      },
    },
    series: spec.series.map((one, k) => barSeries(one, spec, k)),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return plainSvg(svg);
}

function barSeries(bars: BarSeries, { line, cutAt }: BarChartSpec, at: number): object {
  return {
    type: "bar",
    silent: true,
    emphasis: { disabled: true },
    barWidth: BAR_PIXELS,
    barGap: `${(100 * BAR_GAP_PIXELS) / BAR_PIXELS}%`,
    data: bars.values.map((value, k) => ({
      value: Math.min(value, cutAt ?? value),
      itemStyle: { color: COLOURS[bars.colours[k] ?? bars.colours[0] ?? "recommended"] },
      label: {
        show: true,
        position: "right",
        color: COLOURS.ink,
        fontSize: FONT_PIXELS,
        backgroundColor: "#ffffff",
        padding: [1, 2, 0],
        formatter: () => labelText(bars, k, cutAt),
      },
    })),
    ...(at === 0 && line !== undefined ? { markLine: lineAt(line) } : {}),
  };
}

function labelText({ labels, values }: BarSeries, k: number, cutAt: number | undefined): string {
  const label = labels[k] ?? "";
  return cutAt !== undefined && (values[k] ?? 0) > cutAt ? label + CUT_TEXT : label;
}

/** Names at the left edge, just over the first bar of their category. */
function aboveBars(bars: number): object {
  return {
    inside: true,
    margin: 0,
    align: "left",
    verticalAlign: "bottom",
    padding: [0, 0, bars / 2 + 3, 0],
    textBorderColor: "#ffffff",
    textBorderWidth: 5,
  };
}

function lineAt(value: number): object {
  return {
    silent: true,
    z: 1,
    symbol: "none",
    label: { show: false },
    lineStyle: { color: COLOURS.bound, width: 2, type: [5, 4] },
    data: [{ xAxis: value }],
  };
}

/** Bars begin at zero, always; without any length an axis of one unit keeps the labels in place. */
function extent({ series, line = 0, cutAt = Number.POSITIVE_INFINITY }: BarChartSpec): {
  min: number;
  max: number;
} {
  const values = series.flatMap((one) => one.values.map((value) => Math.min(value, cutAt)));
  const max = Math.max(0, line, ...values);
  const min = Math.min(0, ...values);
  return { min, max: max === min ? min + 1 : max };
}

const longest = (texts: readonly string[]): number => Math.max(1, ...texts.map((text) => text.length));

function labelsWidth({ series, cutAt }: BarChartSpec): number {
  return (
    12 +
    CHARACTER_PIXELS * longest(series.flatMap((one) => one.values.map((_, k) => labelText(one, k, cutAt))))
  );
}

/** At most `length` characters, none torn apart. */
function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  return characters.length <= length
    ? text
    : `${characters
        .slice(0, Math.max(1, length - 1))
        .join("")
        .trimEnd()}…`;
}

/** Drops what only a live chart needs, and inline styles, which a strict content policy refuses. */
function plainSvg(svg: string): string {
  return svg
    .slice(0, svg.includes("<style") ? svg.lastIndexOf("<style") : svg.lastIndexOf("</svg>"))
    .replace(
      / (?:ecmeta_\w+|class|xml:space|pointer-events|xmlns:xlink|baseProfile|version|xmlns)="[^"]*"/g,
      "",
    )
    .replace(/ style="([^"]*)"/g, (_, style: string) => styleAttributes(style))
    .replace(/<svg width="\d+" height="\d+"/, '<svg aria-hidden="true" focusable="false"')
    .concat("</svg>");
}

function styleAttributes(style: string): string {
  return style
    .split(";")
    .map((rule) => /^(font-size|font-weight):(\w+)$/.exec(rule.trim()))
    .map((rule) => (rule === null ? "" : ` ${rule[1] ?? ""}="${escapeHtml(rule[2] ?? "")}"`))
    .join("");
}
