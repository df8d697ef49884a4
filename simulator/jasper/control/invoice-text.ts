import { daysOf } from "../clock/billing-calendar.ts";
import { cell } from "../catalogue/cell.ts";
import type { Invoice, SimLine } from "../billing-engine/invoice.ts";
import { microsText } from "../billing-engine/money.ts";
import type { World } from "../world.ts";

/** One JSON document; money is decimal text with six places, data is bytes. The total comes last. */
export function* invoiceJson(world: World, invoice: Invoice, withLines: boolean): Generator<string> {
  const { cycle } = invoice;
  const head = {
    currency: world.settings.currency,
    cycle: {
      startDate: cycle.key,
      start: new Date(cycle.startMs).toISOString(),
      end: new Date(cycle.endMs).toISOString(),
      days: daysOf(cycle),
      closed: world.clock.nowMs() >= cycle.endMs,
    },
    contract: world.settings.contract,
    billedSims: invoice.billedSims,
    minimumCharge: microsText(invoice.minimumCharge),
    pools: invoice.pools.map((pool) => ({
      pool: pool.pool,
      zone: pool.zone,
      members: pool.members,
      allowanceBytes: String(pool.allowanceBytes),
      usageBytes: String(pool.usageBytes),
      overage: microsText(pool.overage),
      charge: microsText(pool.charge),
      total: microsText(pool.total),
    })),
  };
  yield JSON.stringify(head).slice(0, -1);
  let total = invoice.pools.reduce((sum, pool) => sum + pool.total, invoice.minimumCharge);
  if (withLines) yield ',"lines":[';
  let separator = "";
  for (const line of invoice.lines()) {
    total += line.total;
    if (withLines) yield separator + JSON.stringify(lineBody(world, line));
    separator = ",";
  }
  yield `${withLines ? "]" : ""},"total":"${microsText(total)}"}`;
}

export function* invoiceCsv(world: World, invoice: Invoice): Generator<string> {
  yield "iccid,plan,plan_version,billable_days,billed_bytes,base,overage,fee,total\n";
  for (const line of invoice.lines()) {
    const { iccid, plan, planVersion, billableDays, billedBytes, base, overage, fee, total } = lineBody(
      world,
      line,
    );
    yield `${iccid},${cell(plan)},${planVersion},${billableDays},${billedBytes},${base},${overage},${fee},${total}\n`;
  }
}

function lineBody(world: World, line: SimLine) {
  return {
    iccid: world.devices.iccidOf(line.device),
    plan: line.plan,
    planVersion: line.planVersion,
    billableDays: line.billableDays,
    billedBytes: line.billedBytes,
    base: microsText(line.base),
    overage: microsText(line.overage),
    fee: microsText(line.fee),
    total: microsText(line.total),
  };
}
