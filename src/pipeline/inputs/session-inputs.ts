import { text } from "node:stream/consumers";
import { parseScaled } from "../../billing/decimal.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Terms } from "../../billing/fleet.ts";
import { BILLABLE_STATUSES } from "../../billing/fleet.ts";
import type { DeviceTable } from "../../carriers/files/device-table.ts";
import { readDevices } from "../../carriers/files/read-devices.ts";
import { STRATEGY_NAMES } from "../../optimizer/solution.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import type { PipelineContext } from "../context.ts";
import type { Period } from "../../reports/reported-run.ts";
import type { FleetToOptimize } from "../optimize/optimize-fleet.ts";
import type { SessionRow, SessionTerms } from "../session/session-row.ts";
import type { SessionTariff } from "../tariff/load-tariff.ts";
import { loadTariff } from "../tariff/load-tariff.ts";
import type { TariffTexts } from "../tariff/tariff-files.ts";
import type { InputName } from "./object-keys.ts";
import { INPUT_FILES, inputKeys } from "./object-keys.ts";

/** A session's inputs but for its devices, as a thread can be handed them. */
export interface InputTexts {
  readonly tariff: Omit<TariffTexts, "planIds">;
  readonly terms: SessionTerms;
  readonly currency: string;
  readonly period: Period;
  /** rate_plan_id of each line of the plans file. */
  readonly planIds: readonly number[];
}

/** What a session works on, read from its input files: what `poolwise optimize` would read from them. */
export interface SessionInputs {
  readonly input: Omit<FleetToOptimize, "fleet"> & { readonly fleet: DeviceTable };
  /** SHA-256 by input name. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly quarantine: boolean;
  readonly setAside: SessionTariff["setAside"];
  /** rate_plan_id of each plan of the tariff. */
  readonly planIds: readonly number[];
}

/** Keeps the files that price a session's SIMs, as they stand now. */
export async function writeTariffFiles(
  context: PipelineContext,
  sessionId: string,
  texts: TariffTexts,
): Promise<void> {
  for (const name of ["plans", "eligibility", "pools", "taxes"] as const) {
    const content = texts[name];
    if (content !== undefined)
      await context.objects.put(inputKeys(sessionId) + INPUT_FILES[name], content, {
        contentType: "text/csv",
      });
  }
}

/** The session's devices file, which must have been written. */
export async function* storedDeviceFile(
  { objects }: PipelineContext,
  sessionId: string,
): AsyncGenerator<Uint8Array> {
  yield* (await objects.get(inputKeys(sessionId) + INPUT_FILES.devices)) as AsyncIterable<Uint8Array>;
}

export async function readInputTexts(context: PipelineContext, session: SessionRow): Promise<InputTexts> {
  const { sessionId, terms, currency, startsOn, endsOn, days } = session;
  return {
    tariff: await readTariffFiles(context, sessionId),
    terms,
    currency,
    period: { start: startsOn, end: endsOn, days },
    planIds: await planIdsOf(context.db, sessionId),
  };
}

/** Reads a session's inputs. */
export async function parseInputs(
  texts: InputTexts,
  devices: AsyncIterable<Uint8Array>,
): Promise<SessionInputs> {
  const { currency, period, planIds } = texts;
  const quarantine = texts.terms.invalidPlans === "quarantine";
  const priced = await loadTariff(texts.tariff, { currency, cycleDays: period.days, quarantine });
  if (priced.tariff.plans.length !== planIds.length)
    throw new PoolwiseError(
      "internal-error",
      `The session has ${planIds.length} rate plans in the database and ${priced.tariff.plans.length} in its file.`,
    );
  const fleet = await readDevices({ name: INPUT_FILES.devices, stream: devices }, priced.tariff);
  return {
    input: {
      fleet,
      tariff: priced.tariff,
      eligibility: priced.eligibility,
      setAside: new Set(priced.setAside.map(({ plan }) => plan)),
      terms: termsOf(texts.terms),
      period,
      strategies: STRATEGY_NAMES,
    },
    hashes: { devices: fleet.file.sha256, ...priced.hashes },
    quarantine,
    setAside: priced.setAside,
    planIds,
  };
}

async function readTariffFiles(
  context: PipelineContext,
  sessionId: string,
): Promise<Omit<TariffTexts, "planIds">> {
  const read = async (name: InputName): Promise<string | undefined> => {
    const key = inputKeys(sessionId) + INPUT_FILES[name];
    return (await context.objects.head(key)) === undefined
      ? undefined
      : await text(await context.objects.get(key));
  };
  const plans = await read("plans");
  if (plans === undefined)
    throw new PoolwiseError(
      "object-missing",
      `The plans of session ${sessionId} are no longer in the object store. Start a new session.`,
    );
  return {
    plans,
    eligibility: await read("eligibility"),
    pools: await read("pools"),
    taxes: await read("taxes"),
  };
}

async function planIdsOf(executor: SqlExecutor, sessionId: string): Promise<number[]> {
  const { rows } = await executor.query<{ id: number }>(
    "SELECT rate_plan_id AS id FROM session_rate_plans WHERE session_id = $1 ORDER BY rate_plan_id",
    [sessionId],
  );
  return rows.map(({ id }) => id);
}

export function termsOf({ switchCost, minSaving, maxChanges }: SessionTerms): Terms {
  return {
    switchCost: Number(parseScaled(switchCost, 6)),
    minSaving: Number(parseScaled(minSaving, 6)),
    maxChanges: maxChanges ?? Number.POSITIVE_INFINITY,
    billableStatuses: BILLABLE_STATUSES,
  };
}
