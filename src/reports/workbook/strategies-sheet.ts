import { MICROS_PER_UNIT } from "../../billing/units.ts";
import type { StrategyFigures } from "../figures.ts";
import { STRATEGY_TITLES } from "../titles.ts";
import type { Cell } from "./cell.ts";
import { blankCell, moneyCell } from "./cell.ts";
import { countField, loneField, moneyField, ratioField, tableOf, textField } from "./fields.ts";
import type { SheetSource, SmallSheet } from "./small-sheets.ts";
import { Style } from "./styles.ts";

export function strategiesSheet({ figures: { bound, strategies, winner } }: SheetSource): SmallSheet {
  const excess = ({ cost, penalty, feasible }: StrategyFigures): Cell =>
    bound === undefined || !feasible ? blankCell() : excessCell(cost + penalty - bound);
  const hasTotals = false;
  return {
    name: "Strategies",
    ...tableOf<StrategyFigures>(
      strategies,
      [
        textField("Strategy", 34, ({ name }) => STRATEGY_TITLES[name]),
        textField("Used", 8, ({ name }) => (name === winner ? "yes" : "no")),
        moneyField("Cost", ({ cost }) => cost, 20),
        moneyField("Changes must earn back", ({ penalty }) => penalty),
        loneField("Above the bound", 20, excess),
        ratioField("Gap", 16, ({ gap }) => gap, Style.gap),
        countField("SIMs changed", 14, ({ changes }) => changes),
        textField("Keeps the limits", 16, ({ feasible }) => (feasible ? "yes" : "no")),
        ratioField("Time", 12, ({ seconds }) => Number(seconds.toFixed(6)), Style.seconds),
      ],
      hasTotals,
    ),
  };
}

/** To the cent, and exactly where that would hide how little it is. */
const excessCell = (micros: number): Cell =>
  moneyCell(micros, micros < MICROS_PER_UNIT ? Style.moneyExact : Style.money);
