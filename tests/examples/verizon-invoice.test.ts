import { expect, test } from "vitest";
import { optimizeAndVerify } from "./run-example.ts";

test("the invoice comes out to the cent, and the proof says that nothing cheaper exists", async () => {
  const summary = await optimizeAndVerify("examples/verizon-invoice", ["devices", "plans"]);
  expect(summary).toMatchObject({
    devices: 17,
    optimized_devices: 17,
    baseline_cost: "119.34",
    optimized_cost: "119.34",
    lower_bound: "119.34",
    gap: 0,
    certificate: "optimal",
    changes: 0,
  });
  expect(summary["plans"]).toMatchObject([
    { before: 17, after: 17, base_cost: "119.00", overage_cost: "0.00", fee_cost: "0.34", tax_cost: "0.00" },
  ]);
  const [kilobytesUsed, kilobytesIncluded] = [22_563, 87_040];
  expect(summary["pools"]).toMatchObject([
    {
      devices: 17,
      allowance_mb: String(kilobytesIncluded / 1024),
      usage_mb: (kilobytesUsed / 1024).toFixed(6).replace(/0+$/, ""),
      blocks: 0,
      overage_cost: "0.00",
    },
  ]);
});
