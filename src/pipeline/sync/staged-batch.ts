import { advanceSync } from "../../adapters/store/sync-cursor.ts";
import type { CarrierDevice, RejectedRow } from "../../ports/carrier.ts";
import { copyLine } from "../../ports/copy-text.ts";
import type { Json } from "../../ports/queue.ts";
import type { PipelineContext } from "../context.ts";
import { sendStage } from "../messages.ts";
import type { SyncCursor } from "./sync-cursor.ts";
import type { SyncRun } from "./sync-run.ts";

const DEVICE_COLUMNS = ["sync_id", "iccid", "rate_plan", "communication_plan", "status"];
const USAGE_COLUMNS = ["sync_id", "iccid", "part", "usage_bytes", "source"];
const QUARANTINE_COLUMNS = [
  "tenant_id",
  "carrier_account_id",
  "sync_id",
  "session_id",
  "source",
  "iccid",
  "reason",
];

/** What was read since the last commit. */
export class StagedBatch {
  readonly #run: SyncRun;
  #devices: string[] = [];
  #usage: string[] = [];
  #rejected: string[] = [];
  #unknown: string[] = [];
  #forget: number | undefined;
  rows = 0;
  pages = 0;
  calls = 0;

  constructor(run: SyncRun) {
    this.#run = run;
  }

  get isEmpty(): boolean {
    return this.rows === 0 && this.calls === 0;
  }

  addDevices(devices: readonly CarrierDevice[]): void {
    for (const { iccid, ratePlan, communicationPlan, status } of devices)
      this.#devices.push(
        copyLine([this.#run.syncId, iccid, ratePlan.trim(), communicationPlan.trim(), status.trim()]),
      );
    this.rows += devices.length;
  }

  /** `part` keeps apart what adds up: plan, version and zone. */
  addUsage(iccid: string, part: string, bytes: number, source: "bulk" | "single"): void {
    this.#usage.push(copyLine([this.#run.syncId, iccid, part, bytes, source]));
    this.rows++;
  }

  /** The carrier has no figure for this SIM: what was read of it in part is taken back. */
  addUnknown(iccid: string): void {
    this.#unknown.push(iccid);
  }

  /** Takes back all usage, and SIMs up to this row, that were staged before. */
  forget(upTo: number): void {
    this.#forget = upTo;
  }

  addRejected(rows: readonly RejectedRow[]): void {
    const { tenantId, accountId, syncId, sessionId } = this.#run;
    for (const { place, iccid, reason } of rows)
      this.#rejected.push(copyLine([tenantId, accountId, syncId, sessionId, place, iccid, reason]));
  }

  /** What was read, leaving the batch empty for what comes next. */
  #take(): Taken {
    const { rows, pages, calls } = this;
    const forget = this.#forget;
    const taken = {
      devices: this.#devices,
      usage: this.#usage,
      rejected: this.#rejected,
      unknown: this.#unknown,
      forget,
      rows,
      pages,
      calls,
    };
    this.#devices = [];
    this.#usage = [];
    this.#rejected = [];
    this.#unknown = [];
    this.#forget = undefined;
    this.rows = 0;
    this.pages = 0;
    this.calls = 0;
    return taken;
  }

  /**
   * Stages what was read and moves the cursor on, at once or not at all, and hands on to the next message where one is
   * asked for. False: another delivery of the message was quicker, or the sync has ended.
   */
  async commit(
    context: PipelineContext,
    version: number,
    cursor: SyncCursor,
    next?: { readonly delaySeconds: number; readonly waiting?: string },
  ): Promise<boolean> {
    const { syncId, sessionId } = this.#run;
    const { devices, usage, rejected, unknown, forget, pages, calls, rows } = this.#take();
    const moved = await context.db
      .transaction(async (within) => {
        if (forget !== undefined) {
          await within.query("DELETE FROM staging_usage WHERE sync_id = $1", [syncId]);
          await within.query("DELETE FROM staging_devices WHERE sync_id = $1 AND seq <= $2", [
            syncId,
            forget,
          ]);
        }
        // As one piece: a line at a time would cost more to send than it says.
        if (devices.length > 0)
          await within.copyIn({ table: "staging_devices", columns: DEVICE_COLUMNS }, [devices.join("")]);
        if (unknown.length > 0)
          await within.query("DELETE FROM staging_usage WHERE sync_id = $1 AND iccid = ANY($2::text[])", [
            syncId,
            unknown,
          ]);
        if (usage.length > 0)
          await within.copyIn({ table: "staging_usage", columns: USAGE_COLUMNS }, [usage.join("")]);
        if (rejected.length > 0)
          await within.copyIn({ table: "quarantined_rows", columns: QUARANTINE_COLUMNS }, [
            rejected.join(""),
          ]);
        const step = {
          syncId,
          version,
          cursor: asJson(cursor),
          pages,
          calls,
          rows,
          quarantined: rejected.length,
        };
        if (!(await advanceSync(within, step))) throw new Overtaken();
        const { rowCount } = await within.query(
          "UPDATE optimization_sessions SET progress_at = clock_timestamp(), reason = $2 WHERE session_id = $1 AND status = 'RUNNING' AND stage = 'sync'",
          [sessionId, next?.waiting ?? null],
        );
        if (rowCount !== 1) throw new Overtaken();
        if (next !== undefined)
          await sendStage(
            context,
            within,
            { stage: "sync", sessionId, syncId, turn: cursor.turn },
            next.delaySeconds,
          );
        await context.fault?.("sync:before-commit");
        return true;
      })
      .catch((error: unknown) => {
        if (error instanceof Overtaken) return false;
        throw error;
      });
    if (!moved) return false;
    await context.fault?.("sync:after-commit");
    return true;
  }
}

interface Taken {
  readonly devices: readonly string[];
  readonly usage: readonly string[];
  readonly rejected: readonly string[];
  readonly unknown: readonly string[];
  readonly forget: number | undefined;
  readonly rows: number;
  readonly pages: number;
  readonly calls: number;
}

/** As it will stand in the database, without what is undefined. */
const asJson = (cursor: SyncCursor): Json => JSON.parse(JSON.stringify(cursor)) as Json;

class Overtaken extends Error {}
