/** What the pipeline asks of a carrier account. Every method may be called again with the same arguments. */
export interface Carrier {
  readonly account: string;
  /** One cheap call that proves host, credentials and pace. @throws PoolwiseError `carrier-…`. */
  test(options?: CallOptions): Promise<CarrierTest>;
  /**
   * One step of listing the account's SIMs: at most a page for each call that the account allows at once, and the cursor
   * of the next step. Start without a cursor; the listing is over when none comes back. A step that failed is repeated
   * with the cursor it was given.
   * @throws PoolwiseError `carrier-…`; `carrier-page-limit` past `maxPages`.
   */
  listDevices(request: DeviceListRequest, options?: CallOptions): Promise<DevicePage>;
  /**
   * How many SIMs a whole listing would find, rows that cannot be read included. Cheap where there are `expected` ones.
   * @returns undefined where the carrier does not let it be seen.
   */
  countDevices(expected: number, options?: CallOptions): Promise<number | undefined>;
  /** @returns undefined where the carrier does not know the SIM. */
  readDevice(iccid: string, options?: CallOptions): Promise<DeviceDetails | undefined>;
  /** One step of fetching usage for whole rate plans. See `UsagePage` for what may and what may not be concluded. */
  listUsage(request: UsageListRequest, options?: CallOptions): Promise<UsagePage>;
  /** Usage of one SIM since the cycle began, whatever plans it was on. @returns undefined where the SIM is not known. */
  readUsage(iccid: string, options?: CallOptions): Promise<DeviceUsage | undefined>;
  /** Usage of one SIM in the current cycle or one of the two before, split by rate plan and zone. */
  readUsageByPlan(
    iccid: string,
    cycleStart: string | undefined,
    options?: CallOptions,
  ): Promise<CycleUsage | undefined>;
  listRatePlans(request: CursorRequest, options?: CallOptions): Promise<RatePlanPage>;
  /**
   * Asks for a plan change and says what became of it. Never throws for what concerns this SIM alone, so that one
   * refusal does not stop a batch. @throws PoolwiseError `carrier-credentials`, and where nothing was sent.
   */
  changePlan(change: PlanChange, options?: CallOptions): Promise<PlanChangeOutcome>;
  /** What was changed on a SIM, newest first. @returns undefined where the SIM is not known. */
  listChanges(request: ChangeListRequest, options?: CallOptions): Promise<ChangePage | undefined>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface CarrierTest {
  readonly host: string;
  readonly milliseconds: number;
  /** Milliseconds the carrier's clock is ahead of ours, to the second; undefined where it does not tell. */
  readonly clockAheadMs: number | undefined;
}

export interface CarrierDevice {
  /** Digits, in the form the account's settings ask for. */
  readonly iccid: string;
  /** Upper case, in the carrier's words. */
  readonly status: string;
  /** By name; "" where the SIM has none. */
  readonly ratePlan: string;
  readonly communicationPlan: string;
}

/** A row that cannot be used, to be quarantined: nothing of it was taken. */
export interface RejectedRow {
  /** Where it stood, such as `GET /devices page 3 row 7`. */
  readonly place: string;
  /** As the carrier wrote it, clipped; "" where it is not even readable. */
  readonly iccid: string;
  readonly reason: string;
}

export interface CursorRequest {
  readonly cursor?: string | undefined;
}

export interface DeviceListRequest extends CursorRequest {
  /** Only SIMs modified since; undefined for all. Pass the `startedAt` of the last complete listing: the overlap is added here. */
  readonly modifiedSince?: Date | undefined;
  /** Most pages one listing may read. Default 1000. */
  readonly maxPages?: number | undefined;
  /** Where calls of later steps of this listing are kept, the same for each step. Without it none are made beforehand. */
  readonly ahead?: CallsAhead | undefined;
}

/** Calls that are made before the step that needs their answers. Whoever hands this to a listing ends it as well. */
export interface CallsAhead {
  /** Makes the call that belongs to this place, unless that was begun. */
  begin(place: string, ask: () => Promise<unknown>): void;
  /** The answer at this place: the one that is on its way, or as `ask` gets it. */
  take<Answer>(place: string, ask: () => Promise<Answer>): Promise<Answer>;
  /** Ends when nothing is under way. What has not been taken is forgotten. */
  settle(): Promise<void>;
}

/**
 * One step of a listing. A SIM may come several times over the whole listing: the row with the highest `sequence` is
 * the newest.
 */
export interface DevicePage {
  readonly devices: readonly CarrierDevice[];
  readonly rejected: readonly RejectedRow[];
  /** Of this step, counting from 1 over the whole listing. */
  readonly sequence: number;
  /** Pass to the next step; undefined: the listing is over. */
  readonly cursor: string | undefined;
  /** The carrier's time at which the listing began: the `modifiedSince` of the next incremental one. */
  readonly startedAt: Date;
  /** Rows before this modification date were not asked for; the listing says nothing about SIMs untouched since. */
  readonly since: Date;
  /** Pages that hold rows: read so far, and how many are known to come at least. */
  readonly pagesRead: number;
  readonly pagesKnown: number;
  /**
   * On the last step: true where the list stood still at the end, so that every SIM of the account was seen; false
   * where it kept changing until the last allowed pass. undefined on earlier steps.
   */
  readonly settled: boolean | undefined;
}

export interface DeviceDetails extends CarrierDevice {
  readonly dateUpdated: Date | undefined;
  readonly dateActivated: Date | undefined;
  readonly dateAdded: Date | undefined;
  readonly accountId: string | undefined;
}

export interface UsagePlan {
  readonly name: string;
  /** Versions that may be in use this cycle; empty: the latest alone. */
  readonly versions: readonly string[];
}

export interface UsageListRequest extends CursorRequest {
  readonly plans: readonly UsagePlan[];
  /** First local day of the cycle, `YYYY-MM-DD`; undefined: the current cycle to date. */
  readonly cycleStart?: string | undefined;
  /** Most pages of one plan and version. Default 1000. */
  readonly maxPages?: number | undefined;
}

/** Usage of one SIM on one plan version in one zone. bytes undefined: the carrier gave no figure, which is not zero. */
export interface PlanUsageRow {
  readonly iccid: string;
  readonly ratePlan: string;
  readonly version: string;
  /** Zones of a SIM add up. A row with the same iccid, plan, version and zone as an earlier one replaces it. */
  readonly zone: string;
  readonly bytes: number | undefined;
}

/** A plan whose usage this route does not give: ask for its SIMs one by one. */
export interface UnservedPlan {
  readonly ratePlan: string;
  readonly reason: string;
}

/**
 * One step of fetching usage. Once the cursor is undefined, a SIM that is in no row and not on an `unserved` plan has
 * used nothing, provided that no SIM left the account meanwhile (`countDevices`): this route leaves out idle SIMs. What a SIM used on an earlier plan of the cycle stands under that
 * plan: ask for every plan and version that may have been in use, and add a SIM's rows up. A SIM that was on an
 * unserved plan at any time of the cycle is asked for alone (`readUsage`), which replaces the sum.
 */
export interface UsagePage {
  readonly rows: readonly PlanUsageRow[];
  readonly rejected: readonly RejectedRow[];
  readonly unserved: readonly UnservedPlan[];
  readonly cursor: string | undefined;
}

export interface DeviceUsage {
  readonly iccid: string;
  readonly ratePlan: string;
  /** undefined: the carrier gave no figure. */
  readonly bytes: number | undefined;
  readonly sms: number | undefined;
  readonly voiceSeconds: number | undefined;
  readonly overageLimitReached: boolean | undefined;
}

export interface CycleUsage {
  readonly iccid: string;
  readonly cycleStart: Date | undefined;
  /** Inclusive, as the carrier gives it. */
  readonly cycleEnd: Date | undefined;
  readonly rows: readonly PlanUsageRow[];
}

export interface CarrierRatePlan {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly versionId: string;
  readonly status: string;
  /** In the carrier's words, such as "Monthly - Flexible Pool". */
  readonly type: string;
  /** Exact decimal; undefined where the carrier gives none. */
  readonly subscriptionCharge: string | undefined;
  readonly subscriptionChargeUnit: string;
  readonly accountId: string | undefined;
  readonly zones: readonly CarrierPlanZone[];
}

export interface CarrierPlanZone {
  readonly zone: string;
  /** Exact decimal, or a word such as "unlimited". */
  readonly includedData: string | undefined;
  readonly includedDataUnit: string;
  readonly bulkOverage: boolean | undefined;
  readonly roundingUnit: string;
  readonly roundingFrequency: string;
  readonly overage: readonly CarrierOverageTier[];
}

export interface CarrierOverageTier {
  readonly subscribersMoreThan: string;
  /** A number, or a word for no end. */
  readonly subscribersUpTo: string;
  readonly dataOverage: string | undefined;
  readonly dataOverageUnit: string;
}

export interface RatePlanPage {
  readonly plans: readonly CarrierRatePlan[];
  readonly rejected: readonly RejectedRow[];
  readonly cursor: string | undefined;
}

export interface PlanChange {
  readonly iccid: string;
  readonly ratePlan: string;
  /** Sent only if the SIM is still on this plan when asked just before; undefined: not checked. */
  readonly expectedPlan?: string | undefined;
  /** Local day `YYYY-MM-DD` from which it counts; undefined: now. */
  readonly effectiveDate?: string | undefined;
}

export type PlanChangeOutcome =
  /** Read back from the carrier: the SIM is on the plan. */
  | { readonly state: "confirmed"; readonly ratePlan: string }
  /** Taken by the carrier, not yet in force: a later day, or not yet visible. To be read back later. */
  | { readonly state: "accepted"; readonly ratePlan: string; readonly why: string }
  /** Nothing was sent: the SIM is on another plan than expected, or not known. */
  | { readonly state: "superseded"; readonly found: string | undefined }
  | { readonly state: "refused"; readonly carrierCode: string | undefined; readonly reason: string }
  /** Sent, and what became of it could not be read: to be read back before anything else is done. */
  | { readonly state: "unknown"; readonly reason: string };

export interface ChangeListRequest extends CursorRequest {
  readonly iccid: string;
  /** At most 365. Default 30. */
  readonly days?: number | undefined;
}

export interface CarrierChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
  readonly effectiveDate: Date | undefined;
  readonly status: string;
  readonly userName: string;
}

export interface ChangePage {
  readonly changes: readonly CarrierChange[];
  readonly rejected: readonly RejectedRow[];
  readonly cursor: string | undefined;
}
