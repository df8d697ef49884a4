import type { PoolBill } from "../../billing/bill.ts";
import type { PoolFigures } from "../figures.ts";
import { blankCell, priceCell } from "./cell.ts";
import { countField, dataField, loneField, moneyField, ratioField, tableOf, textField } from "./fields.ts";
import type { SheetSource, SmallSheet } from "./small-sheets.ts";
import { Style } from "./styles.ts";

export function poolsSheet({ figures: { pools } }: SheetSource): SmallSheet {
  return {
    name: "Pools",
    ...tableOf<PoolFigures>(pools, [
      textField("Pool", 28, ({ pool }) => pool, pools.length === 0 ? "No plan has a pool" : "Total"),
      textField("Allowance", 12, ({ after }) => (after.fixed ? "fixed" : "shared")),
      countField("SIMs today", 13, ({ before }) => before.members),
      countField("SIMs recommended", 15, ({ after }) => after.members),
      dataField("Allowance today", ({ before }) => before.allowanceBytes),
      dataField("Allowance recommended", ({ after }) => after.allowanceBytes),
      dataField("Usage today", ({ before }) => before.usageBytes),
      dataField("Usage recommended", ({ after }) => after.usageBytes),
      ratioField("Used today", 12, ({ before }) => useOf(before), Style.percent),
      ratioField("Used recommended", 16, ({ after }) => useOf(after), Style.percent),
      moneyField("Cost today", ({ before }) => costOf(before)),
      moneyField("Cost recommended", ({ after }) => costOf(after)),
      loneField("One more MB is worth", 18, ({ pricePerMegabyte }) =>
        pricePerMegabyte === undefined ? blankCell() : priceCell(pricePerMegabyte),
      ),
    ]),
  };
}

const useOf = ({ usageBytes, allowanceBytes }: PoolBill): number | undefined =>
  allowanceBytes === 0 ? undefined : usageBytes / allowanceBytes;

const costOf = ({ overage, tax, fixedCharge }: PoolBill): number => overage + tax + fixedCharge;
