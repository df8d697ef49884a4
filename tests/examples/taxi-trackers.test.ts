import { expect, test } from "vitest";
import { priceToday } from "./price-example.ts";

test("today's bill of the trackers is one plan for all", async () => {
  const bill = await priceToday("taxi-trackers");
  expect(bill.plans.map((plan) => plan.devices)).toEqual([0, 0, 0, 261]);
  expect(bill.total).toBe(261 * 9_020_000);
});
