/** Fleets below this have no commitments and caps: in a handful of SIMs they could not be met. */
const SMALLEST_FLEET_WITH_LIMITS = 1_000;

const PLAN_HEADER =
  "plan,type,pool,monthly_cost,included_mb,overage,overage_rate,overage_block_mb,usage_increment_kb,proration,regulatory_fee,min_devices,max_devices,available\n";

/** Illustrative prices: a ladder as carriers sell them, no carrier's own. */
export function planRows(options: { readonly devices: number; readonly prorated: boolean }): string[] {
  const { devices } = options;
  const limited = devices >= SMALLEST_FLEET_WITH_LIMITS;
  const atLeast = (share: number): string => (limited ? String(Math.floor(devices * share)) : "");
  const proration = options.prorated ? "active_days" : "full";
  return [
    PLAN_HEADER,
    `Pay as you go,individual,,0.60,0,charge,0.05,0.09765625,,${proration},0.02,,${atLeast(0.2)},yes\n`,
    `M2M 1MB,pooled,M2M,0.90,1,charge,0.35,1,1,${proration},0.02,,,yes\n`,
    `M2M 5MB,pooled,M2M,1.60,5,charge,0.35,1,1,${proration},0.02,,,yes\n`,
    `M2M 25MB,pooled,,3.20,25,charge,0.0001953125,0.0009765625,1,${proration},0.02,${atLeast(0.03)},,yes\n`,
    `Capped 2MB,individual,,0.95,2,none,,,,${proration},0.02,,,yes\n`,
    `Legacy 10MB,individual,,2.20,10,charge,0.75,1,,full,0.02,,,no\n`,
    `Data 100MB,pooled,Data,5.00,100,charge,0.06,1,,${proration},0.05,,,yes\n`,
    `Data 500MB,pooled,Data,9.00,500,charge,0.06,1,,${proration},0.05,,,yes\n`,
    `Data 2GB,pooled,Data,16.00,2048,charge,0.06,1,,${proration},0.05,,,yes\n`,
    `Video 5GB,individual,,29.00,5120,charge,10.00,1024,,${proration},0.05,,,yes\n`,
    `Video shared,pooled,Video,9.00,0,charge,8.00,1024,,${proration},0.05,,,yes\n`,
    `Video unlimited,unlimited,,48.00,unlimited,,,,,${proration},0.05,,,yes\n`,
  ];
}

export const ELIGIBILITY: readonly string[] = [
  "communication_plan,plan\n",
  ...pairs("LTE-M metering", [
    "Pay as you go",
    "M2M 1MB",
    "M2M 5MB",
    "M2M 25MB",
    "Capped 2MB",
    "Legacy 10MB",
  ]),
  ...pairs("LTE-M tracking", ["Pay as you go", "M2M 1MB", "M2M 5MB", "M2M 25MB", "Legacy 10MB"]),
  ...pairs("4G data", ["Data 100MB", "Data 500MB", "Data 2GB"]),
  ...pairs("4G video", ["Data 500MB", "Data 2GB", "Video 5GB", "Video shared", "Video unlimited"]),
];

function pairs(communicationPlan: string, plans: readonly string[]): string[] {
  return plans.map((plan) => `${communicationPlan},${plan}\n`);
}

/** The video pool is bought as a whole: 10 MB for each SIM of the fleet, in whole GB, at 5.00 a GB. */
export function poolRows(devices: number): string[] {
  const gigabytes = Math.max(1, Math.round((devices * 10) / 1024));
  return ["pool,included_mb,monthly_cost\n", `Video,${gigabytes * 1024},${gigabytes * 5}.00\n`];
}

export const LOCATIONS: readonly { readonly name: string; readonly share: number }[] = [
  { name: "US-TX", share: 0.3 },
  { name: "US-OH", share: 0.25 },
  { name: "US-NY", share: 0.2 },
  { name: "US-OR", share: 0.2 },
  { name: "", share: 0.05 },
];

export const TAXES: readonly string[] = [
  "location,rate\n",
  "account,0.0825\n",
  "US-TX,0.0825\n",
  "US-OH,0.0575\n",
  "US-NY,0.08875\n",
  "US-OR,0\n",
];
