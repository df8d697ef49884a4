import { expect, test } from "vitest";
import { priceToday } from "./price-example.ts";

test("the invoice comes out to the cent", async () => {
  const bill = await priceToday("verizon-invoice");
  expect(bill.plans).toEqual([
    { devices: 17, usageBytes: 22_563 * 1024, base: 119_000_000, overage: 0, fee: 340_000, tax: 0 },
  ]);
  expect(bill.pools).toMatchObject([
    { members: 17, usageBytes: 22_563 * 1024, allowanceBytes: 87_040 * 1024, blocks: 0, overage: 0 },
  ]);
  expect(bill.total).toBe(119_340_000);
});
