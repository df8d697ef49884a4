import type { PoolBill } from "../../billing/bill.ts";
import type { PoolFigures, ReportFigures } from "../figures.ts";
import { count, pricePerMegabyte, roundedData, roundedMoney, roundedPercent } from "../number-text.ts";
import { figure } from "./figure.ts";
import type { Html } from "./html.ts";
import { markup, name } from "./html.ts";
import { table } from "./table.ts";

const POOLS_IN_CHART = 10;
const POOLS_IN_TABLE = 40;

/** How full pools are, what they cost, and what one more MB in each is worth. */
export function poolsSection(figures: ReportFigures): Html {
  const pools = figures.pools
    .filter(({ before, after }) => before.members + after.members > 0 || after.fixedCharge > 0)
    .sort((a, b) => b.after.usageBytes - a.after.usageBytes);
  if (figures.pools.length === 0)
    return markup`<section><h2>Pools</h2><p>No plan shares an allowance.</p></section>\n`;
  if (pools.length === 0)
    return markup`<section><h2>Pools</h2><p>No SIM is in a pool, today or as recommended.</p></section>\n`;
  const more = pools.length - POOLS_IN_TABLE;
  return markup`<section><h2>Pools</h2>
<p>How much of each pool's allowance is used${certified(figures) ? ", and what one more MB of allowance in it would be worth" : ""}.</p>
${useFigure(pools.slice(0, POOLS_IN_CHART), pools.length)}${poolTable(figures, pools.slice(0, POOLS_IN_TABLE))}${more > 0 ? markup`<p class="soft">${count(more)} smaller pools are in report.xlsx.</p>` : undefined}</section>
`;
}

const certified = ({ pools }: ReportFigures): boolean =>
  pools.some(({ pricePerMegabyte: price }) => price !== undefined);

function useOf({ usageBytes, allowanceBytes }: PoolBill): number {
  return allowanceBytes === 0 ? 0 : usageBytes / allowanceBytes;
}

function useText(pool: PoolBill): string {
  if (pool.members === 0) return "empty";
  return pool.allowanceBytes === 0 ? "no allowance" : roundedPercent(useOf(pool));
}

function useFigure(shown: readonly PoolFigures[], all: number): Html {
  return figure({
    caption:
      shown.length < all
        ? `Share of the allowance used, the ${shown.length} pools with most usage`
        : "Share of the allowance used",
    description: `Share of the allowance used, today and recommended: ${shown.map(({ pool, before, after }) => `${pool} ${useText(before)} and ${useText(after)}`).join("; ")}.`,
    keys: [
      ["today", "today"],
      ["recommended", "recommended"],
      ["bound", "the whole allowance"],
    ],
    categories: shown.map(({ pool }) => pool),
    series: [
      {
        colours: ["today"],
        values: shown.map(({ before }) => useOf(before)),
        labels: shown.map(({ before }) => useText(before)),
      },
      {
        colours: ["recommended"],
        values: shown.map(({ after }) => useOf(after)),
        labels: shown.map(({ after, pricePerMegabyte: price }) => useText(after) + worth(price)),
      },
    ],
    line: 1,
    cutAt: Math.max(1.5, 1.25 * Math.max(...shown.map(({ after }) => useOf(after)))),
  });
}

const worth = (price: number | undefined): string =>
  price === undefined || price === 0 ? "" : `, 1 MB = ${shortPrice(price)}`;

/** To four significant digits, which tell pools apart. */
function shortPrice(micros: number): string {
  return pricePerMegabyte(Number(micros.toPrecision(4)));
}

function poolTable(figures: ReportFigures, shown: readonly PoolFigures[]): Html {
  const cost = ({ overage, tax, fixedCharge }: PoolBill): number => overage + tax + fixedCharge;
  const priced = certified(figures);
  return table({
    caption: `Pools as recommended, in ${figures.currency}`,
    columns: [
      { title: "Pool" },
      { title: "SIMs", right: true, wide: true },
      { title: "Allowance", right: true, wide: true },
      { title: "Usage", right: true, wide: true },
      { title: "Used", right: true },
      { title: "Cost today", right: true, wide: true },
      { title: "Cost", right: true },
      ...(priced ? [{ title: "1 MB more is worth", right: true }] : []),
    ],
    rows: shown.map(({ pool, before, after, pricePerMegabyte: price }) => [
      name(pool),
      count(after.members),
      roundedData(after.allowanceBytes),
      roundedData(after.usageBytes),
      useText(after),
      roundedMoney(cost(before)),
      roundedMoney(cost(after)),
      ...(priced ? [price === undefined ? "" : shortPrice(price)] : []),
    ]),
  });
}
