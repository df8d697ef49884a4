import type { PlanFigures } from "../figures.ts";
import { countCell } from "./cell.ts";
import { countField, dataField, loneField, moneyField, tableOf, textField } from "./fields.ts";
import type { SheetSource, SmallSheet } from "./small-sheets.ts";

export function planMixSheet({ figures }: SheetSource): SmallSheet {
  return {
    name: "Plan mix",
    ...tableOf<PlanFigures>(figures.plans, [
      textField("Plan", 28, ({ plan }) => plan, "Total, without pools' costs"),
      textField("Pool", 20, ({ pool }) => pool),
      countField("SIMs today", 13, ({ before }) => before.devices),
      countField("SIMs recommended", 15, ({ after }) => after.devices),
      loneField("Change", 12, ({ before, after }) => countCell(after.devices - before.devices)),
      moneyField("Base cost today", ({ before }) => before.base),
      moneyField("Base cost recommended", ({ after }) => after.base),
      moneyField("Own overage today", ({ before }) => before.overage),
      moneyField("Own overage recommended", ({ after }) => after.overage),
      moneyField("Fees and taxes today", ({ before }) => before.fee + before.tax),
      moneyField("Fees and taxes recommended", ({ after }) => after.fee + after.tax),
      dataField("Usage recommended", ({ after }) => after.usageBytes, 16),
    ]),
  };
}
