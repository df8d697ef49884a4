import type { PlanType, Proration, RatePlan } from "../../billing/rate-plan.ts";
import { MAX_PLANS, bytes, picos, type Bytes } from "../../billing/units.ts";
import type { InputFile, InputSource } from "./input-source.ts";
import { CellReader } from "./read-cells.ts";
import { readTable, type TableRow } from "./read-table.ts";
import type { FaultList } from "./collect-faults.ts";
import { showCell } from "./show-cell.ts";

export const PLAN_COLUMNS = {
  required: ["plan", "type", "monthly_cost", "included_mb"],
  optional: [
    "pool",
    "overage",
    "overage_rate",
    "overage_block_mb",
    "usage_increment_kb",
    "proration",
    "prorate_included",
    "regulatory_fee",
    "min_devices",
    "max_devices",
    "available",
  ],
} as const;

/** A plan as its row says, and why it cannot be priced, where it cannot. */
export interface PlanRow {
  readonly line: number;
  readonly plan: RatePlan;
  /** The pool cell as written; "" where the plan has a pool of its own or none. */
  readonly poolWritten: string;
  readonly invalid: string | undefined;
}

export async function readPlans(
  source: InputSource,
): Promise<{ rows: PlanRow[]; file: InputFile; faults: FaultList }> {
  const { rows, file, faults } = await readTable(source, PLAN_COLUMNS);
  const plans: PlanRow[] = [];
  const lineOf = new Map<string, number>();
  for (const row of rows) {
    const plan = readPlan(row, new CellReader(row, faults));
    if (plan === undefined) continue;
    const earlier = lineOf.get(plan.plan.code);
    if (earlier === undefined) {
      lineOf.set(plan.plan.code, row.line);
      plans.push(plan);
    } else
      faults.add({
        line: row.line,
        column: "plan",
        message: `${showCell(plan.plan.code)} stands on line ${earlier} already. Plan codes are unique.`,
      });
  }
  if (plans.length > MAX_PLANS)
    faults.add({ message: `the file has ${plans.length} plans; at most ${MAX_PLANS} are read.` });
  return { rows: plans, file, faults };
}

function readPlan(row: TableRow, cells: CellReader): PlanRow | undefined {
  const code = cells.name("plan");
  const size = readSize(cells);
  const fields = {
    monthlyCost: cells.price("monthly_cost"),
    usageIncrementBytes: cells.kilobytes("usage_increment_kb", bytes(0)),
    regulatoryFee: cells.price("regulatory_fee", picos(0n)),
    minDevices: cells.count("min_devices", 0),
    maxDevices: cells.count("max_devices", Infinity),
    available: cells.yesNo("available", true),
    proration: cells.word("proration", ["full", "active_days", "days30"] satisfies Proration[], "full"),
  };
  const pool = readPool(cells, size?.type, code);
  const overage = size && readOverage(cells, size.type);
  const prorateIncluded = cells.yesNo("prorate_included", fields.proration === "active_days");
  if (
    fields.minDevices !== undefined &&
    fields.maxDevices !== undefined &&
    fields.maxDevices < fields.minDevices
  ) {
    cells.fault(
      "max_devices",
      `${fields.maxDevices} is less than min_devices, ${fields.minDevices}. No number of SIMs meets both.`,
    );
  }
  const known = allKnown(fields);
  if (
    code === undefined ||
    size === undefined ||
    pool === undefined ||
    overage === undefined ||
    prorateIncluded === undefined ||
    known === undefined
  )
    return undefined;
  const { invalid, ...charge } = overage;
  return {
    line: row.line,
    poolWritten: cells.text("pool"),
    invalid,
    plan: { code, ...size, pool, ...known, ...charge, prorateIncluded },
  };
}

function allKnown<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } | undefined {
  if (Object.values(fields).includes(undefined)) return undefined;
  return fields as { [Key in keyof Fields]: Exclude<Fields[Key], undefined> };
}

/** Type and allowance, which `unlimited` in either column decides together. */
function readSize(cells: CellReader): { type: PlanType; includedBytes: Bytes } | undefined {
  const unlimited = cells.text("included_mb").toLowerCase() === "unlimited";
  const type = cells.word(
    "type",
    ["individual", "pooled", "unlimited"] satisfies PlanType[],
    unlimited ? "unlimited" : undefined,
  );
  if (unlimited && type === "pooled")
    return cells.fault(
      "included_mb",
      "an unlimited allowance is not shared. Write the type unlimited, or the MB that a SIM brings to the pool.",
    );
  if (unlimited && type !== undefined) return { type: "unlimited", includedBytes: bytes(0) };
  const includedBytes = cells.megabytes("included_mb", type === "unlimited" ? bytes(0) : undefined);
  if (type === undefined || includedBytes === undefined) return undefined;
  if (type === "unlimited" && includedBytes > 0)
    return cells.fault(
      "included_mb",
      "an unlimited plan has no allowance. Leave the cell blank, or write the type individual.",
    );
  return { type, includedBytes };
}

function readPool(
  cells: CellReader,
  type: PlanType | undefined,
  code: string | undefined,
): string | undefined {
  const pool = cells.text("pool");
  if (type === "pooled") return pool === "" ? code : pool;
  if (pool === "" || type === undefined) return "";
  return cells.fault(
    "pool",
    `${showCell(pool)} is given, but the type is ${type}. Write the type pooled, or leave the pool blank.`,
  );
}

type Overage = Pick<RatePlan, "overage" | "overageRate" | "overageBlockBytes"> & {
  invalid: string | undefined;
};

/** What overage costs. A plan that charges for it without a rate or a block is invalid, which is not a fault of the file. */
function readOverage(cells: CellReader, type: PlanType): Overage | undefined {
  const overage = cells.word("overage", ["charge", "none"], type === "unlimited" ? "none" : "charge");
  const none: Overage = {
    overage: "none",
    overageRate: picos(0n),
    overageBlockBytes: bytes(0),
    invalid: undefined,
  };
  if (overage === undefined) return undefined;
  if (type === "unlimited" || overage === "none") {
    if (isZeroOrBlank(cells.text("overage_rate"))) return none;
    return cells.fault(
      "overage_rate",
      `a rate is given, but ${type === "unlimited" ? "an unlimited plan has no overage" : "overage is none"}. Leave the rate blank.`,
    );
  }
  const invalid = invalidReason(cells);
  if (invalid !== undefined) return { ...none, invalid };
  const overageRate = cells.price("overage_rate");
  const overageBlockBytes = cells.megabytes("overage_block_mb");
  if (overageRate === undefined || overageBlockBytes === undefined) return undefined;
  if (overageBlockBytes === 0) return { ...none, invalid: "overage_block_mb is less than half a byte" };
  return { overage, overageRate, overageBlockBytes, invalid: undefined };
}

function invalidReason(cells: CellReader): string | undefined {
  const reasons = ["overage_rate", "overage_block_mb"].flatMap((column) => {
    const text = cells.text(column);
    if (text === "") return [`${column} is missing`];
    if (isZeroOrBlank(text)) return [`${column} is zero`];
    return /^-[\d.]+$/.test(text) ? [`${column} is negative`] : [];
  });
  return reasons.length > 0 ? reasons.join(" and ") : undefined;
}

function isZeroOrBlank(text: string): boolean {
  return /^[+-]?0*\.?0*$/.test(text);
}
