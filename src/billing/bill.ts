/** What one pool costs in a cycle. Money in micros, data in bytes. */
export interface PoolBill {
  readonly name: string;
  readonly fixed: boolean;
  readonly members: number;
  readonly usageBytes: number;
  readonly allowanceBytes: number;
  /** Started overage blocks. */
  readonly blocks: number;
  readonly overage: number;
  readonly tax: number;
  /** A fixed pool's own charge; 0 for a flexible one. */
  readonly fixedCharge: number;
}

/** What the SIMs on one plan cost by themselves; a pool's cost stands in its PoolBill. Money in micros. */
export interface PlanBill {
  readonly devices: number;
  readonly usageBytes: number;
  readonly base: number;
  /** Overage of individual plans. */
  readonly overage: number;
  readonly fee: number;
  readonly tax: number;
}

/** The bill of one assignment, priced by the rules of `docs/units.md`. */
export interface Bill {
  /** Micros: the SIMs' own costs and the pools'. Equals the sum over SIMs of own + pool share, and empty fixed pools. */
  readonly total: number;
  /** Micros per SIM of the fleet without its share of pool costs; NaN for a SIM that is left out. */
  readonly ownCost: Float64Array;
  /** Micros per SIM of the fleet: its share of what its pool costs; 0 outside pools; NaN for a SIM that is left out. */
  readonly poolShare: Float64Array;
  /** One per pool of the rate table, in its order. */
  readonly pools: readonly PoolBill[];
  /** One per plan of the tariff, in its order. */
  readonly plans: readonly PlanBill[];
}
