import type { NotificationChannel, PipelineSettings } from "../../pipeline/context.ts";
import type { Settings } from "../settings/definitions.ts";

/** What of the settings the stages need. */
export function pipelineSettings(settings: Settings, programVersion: string): PipelineSettings {
  return {
    windowDays: settings.OPTIMIZATION_WINDOW_DAYS,
    maxPages: settings.MAX_PAGES_TO_PROCESS,
    stepLimitMs: settings.SANITY_CHECK_TIME_LIMIT,
    unitsPerWorker: settings.QUEUES_PER_INSTANCE,
    invalidPlans: settings.INVALID_PLANS,
    maxQuarantinedShare: settings.MAX_QUARANTINED_SHARE,
    fullSyncDays: settings.FULL_SYNC_DAYS,
    stallLimitMs: settings.SESSION_STALL_LIMIT,
    sessionLimitMs: settings.SESSION_TIME_LIMIT,
    solveLimitMs: settings.SOLVE_TIME_LIMIT,
    channels: channelsOf(settings),
    programVersion,
  };
}

/** A tenant may have a webhook of its own, so the secret that signs is what decides. */
function channelsOf(settings: Settings): NotificationChannel[] {
  const channels: NotificationChannel[] = [];
  if (settings.SMTP_URL !== undefined) channels.push("mail");
  if (settings.WEBHOOK_SECRET !== undefined) channels.push("webhook");
  return channels;
}
