import { sims } from "../number-text.ts";
import type { CommunicationGroup } from "../reported-run.ts";
import { countField, dataField, moneyField, tableOf, textField } from "./fields.ts";
import { linesOf } from "./sheet-out.ts";
import type { SheetSource, SmallSheet } from "./small-sheets.ts";
import { Style } from "./styles.ts";

const MAY_TAKE_WIDTH = 60;

export function groupsSheet({ run: { groups, tariff }, figures }: SheetSource): SmallSheet {
  const communicationPlans = (group: CommunicationGroup): string =>
    group.communicationPlans.map((name) => (name === "" ? "(none)" : name)).join(", ");
  const mayTake = ({ plans }: CommunicationGroup): string =>
    plans.map((plan) => tariff.plans[plan]?.code ?? "").join(", ");
  const inBill = groups.length === 0 ? `${sims(figures.optimizedDevices)} in the bill` : "";
  return {
    name: "Groups",
    heights: groups.map((group) => linesOf(mayTake(group), MAY_TAKE_WIDTH)),
    ...tableOf<CommunicationGroup>(groups, [
      textField("Group", 24, ({ name }) => name, "Total"),
      textField("Communication plans", 30, communicationPlans, inBill),
      textField("Plans its SIMs may take", MAY_TAKE_WIDTH, mayTake, "", Style.wrapped),
      countField("SIMs", 12, ({ devices }) => devices),
      countField("SIMs changed", 14, ({ changes }) => changes),
      dataField("Usage", ({ usageBytes }) => usageBytes),
      moneyField("Cost today", ({ before }) => before),
      moneyField("Cost recommended", ({ after }) => after),
      moneyField("Saving", ({ before, after }) => before - after),
    ]),
  };
}
