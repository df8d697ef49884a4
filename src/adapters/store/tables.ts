// Made from the migrated schema by test-table-source.ts; a test holds the two together.
import type { ColumnType, GeneratedAlways } from "kysely";

/** May be left out of an INSERT. */
type Generated<Value> =
  Value extends ColumnType<infer Read, infer Insert, infer Update>
    ? ColumnType<Read, Insert | undefined, Update>
    : ColumnType<Value, Value | undefined, Value>;
/** Reads as a Date; goes in as a Date or ISO text. */
type Instant = ColumnType<Date, Date | string, Date | string>;
/** Reads as the value; goes in as JSON text. */
type JsonText = ColumnType<unknown, string, string>;

export interface ApiKeys {
  api_key_id: Generated<string>;
  tenant_id: number;
  name: string;
  role: "viewer" | "approver" | "admin";
  key_sha256: string;
  created_by: string | null;
  created_at: Generated<Instant>;
  expires_at: Instant | null;
  revoked_at: Instant | null;
  last_used_at: Instant | null;
}

export interface Approvals {
  approval_id: Generated<string>;
  tenant_id: number;
  plan_change_run_id: string;
  decision: "approved" | "refused";
  approved_by: string;
  changes_sha256: string;
  comment: string | null;
  created_at: Generated<Instant>;
}

export interface AuditLog {
  audit_id: GeneratedAlways<number>;
  tenant_id: number;
  actor: string;
  action: string;
  subject_kind: string;
  subject_id: string;
  data: Generated<JsonText>;
  created_at: Generated<Instant>;
}

export interface BillingPeriods {
  billing_period_id: GeneratedAlways<number>;
  tenant_id: number;
  carrier_account_id: number;
  starts_at: Instant;
  ends_at: Instant;
  starts_on: string;
  ends_on: string;
  days: GeneratedAlways<number>;
  status: Generated<"OPEN" | "CLOSED" | "RECONCILED">;
  created_at: Generated<Instant>;
}

export interface CarrierAccounts {
  carrier_account_id: GeneratedAlways<number>;
  tenant_id: number;
  name: string;
  kind: "jasper" | "thingspace" | "files";
  base_url: string | null;
  username: string | null;
  secret_env: string | null;
  secret_ciphertext: Uint8Array | null;
  time_zone: string;
  cycle_day: number;
  currency: string;
  calls_per_second: Generated<string>;
  concurrency: Generated<number>;
  missing_usage: Generated<"zero" | "unknown">;
  usage_source: string | null;
  optimization_start_hour: Generated<number>;
  rate_plan_updates: Generated<boolean>;
  auto_apply: Generated<boolean>;
  settings: Generated<JsonText>;
  last_full_sync_at: Instant | null;
  last_sync_at: Instant | null;
  disabled_at: Instant | null;
  created_at: Generated<Instant>;
  updated_at: Generated<Instant>;
}

export interface CarrierCalls {
  call_id: GeneratedAlways<number>;
  account: string;
  holder: string;
  begun_at: Instant;
  ended_at: Instant | null;
  expires_at: Instant;
}

export interface CarrierPace {
  account: string;
  held_until: Generated<Instant>;
  quickest_ms: Generated<number>;
}

export interface CommunicationGroups {
  communication_group_id: GeneratedAlways<number>;
  tenant_id: number;
  session_id: string;
  communication_plans: string[];
  rate_plan_ids: number[];
  device_count: number;
  total_usage_bytes: string | null;
  average_usage_bytes: string | null;
  min_usage_bytes: number | null;
  max_usage_bytes: number | null;
}

export interface CommunicationPlanRatePlans {
  communication_plan_id: number;
  rate_plan_code: string;
}

export interface CommunicationPlans {
  communication_plan_id: GeneratedAlways<number>;
  tenant_id: number;
  carrier_account_id: number;
  name: string;
  created_at: Generated<Instant>;
}

export interface DeadLetters {
  dead_letter_id: Generated<string>;
  tenant_id: number | null;
  session_id: string | null;
  queue: string;
  message_id: string;
  body: JsonText;
  receive_count: number;
  classification: string;
  reason: string | null;
  status: Generated<"NEW" | "RETRIED" | "DISCARDED">;
  alerted_at: Instant | null;
  sent_at: Instant | null;
  recorded_at: Generated<Instant>;
  resolved_at: Instant | null;
  resolved_by: string | null;
}

export interface DeviceAssignments {
  assignment_id: Generated<string>;
  session_id: string;
  tenant_id: number;
  iccid: string;
  unit_id: number | null;
  current_rate_plan_id: number | null;
  recommended_rate_plan_id: number | null;
  current_cost: string | null;
  recommended_cost: string | null;
  cost_savings: string | null;
  usage_bytes: number | null;
  projected_usage_bytes: number | null;
  confidence_score: string | null;
  reason: string | null;
  excluded: string | null;
  created_at: Generated<Instant>;
  usage_mb: GeneratedAlways<string | null>;
  projected_usage_mb: GeneratedAlways<string | null>;
}

export interface DeviceUsage {
  carrier_account_id: number;
  billing_period_id: number;
  iccid: string;
  tenant_id: number;
  kind: "cycle_to_date" | "daily";
  usage_date: string;
  usage_bytes: number;
  source: string;
  sync_id: string;
  observed_at: Instant;
}

export interface DeviceUsageStatistics {
  billing_period_id: number;
  iccid: string;
  tenant_id: number;
  carrier_account_id: number;
  days: number;
  total_usage_bytes: number;
  average_usage_bytes: number;
  max_usage_bytes: number;
  min_usage_bytes: number;
  std_deviation: number;
  percentile_95: number;
  percentile_80: number;
  usage_trend: number | null;
  days_with_usage: number;
  through_date: string;
}

export interface Devices {
  carrier_account_id: number;
  iccid: string;
  tenant_id: number;
  rate_plan: string | null;
  communication_plan: string | null;
  status: string | null;
  location: string | null;
  msisdn: string | null;
  imsi: string | null;
  imei: string | null;
  locked: Generated<boolean>;
  switch_cost: string | null;
  activated_on: string | null;
  usage_bytes: number | null;
  usage_period_id: number | null;
  usage_as_of: Instant | null;
  usage_source: string | null;
  carrier_modified_at: Instant | null;
  device_metadata: JsonText | null;
  first_seen_at: Generated<Instant>;
  changed_at: Generated<Instant>;
  vanished_at: Instant | null;
}

export interface IdempotencyKeys {
  tenant_id: number;
  key: string;
  request_sha256: string;
  status: number | null;
  response: JsonText | null;
  created_at: Generated<Instant>;
}

export interface MessageOutbox {
  message_outbox_id: GeneratedAlways<number>;
  queue: string;
  body: JsonText;
  delay_seconds: Generated<number>;
  dedup_id: string | null;
  created_at: Generated<Instant>;
}

export interface Notifications {
  notification_id: Generated<string>;
  tenant_id: number;
  session_id: string | null;
  channel: "mail" | "webhook" | "sns";
  kind: string;
  dedup_key: string;
  payload: JsonText;
  status: Generated<"PENDING" | "SENDING" | "SENT" | "FAILED" | "UNCERTAIN" | "SKIPPED">;
  attempts: Generated<number>;
  next_attempt_at: Generated<Instant>;
  claimed_by: string | null;
  claimed_until: Instant | null;
  last_error: string | null;
  provider_reference: string | null;
  created_at: Generated<Instant>;
  sent_at: Instant | null;
  handed_at: Instant | null;
  handed_by: string | null;
}

export interface OptimizationGroups {
  group_id: Generated<string>;
  session_id: string;
  tenant_id: number;
  communication_group_id: number | null;
  unit_id: number | null;
  rate_plan_id: number | null;
  winning_rate_plan_id: number | null;
  device_count: number;
  baseline_cost: string;
  optimized_cost: string;
  cost_savings: string;
  is_winner: Generated<boolean>;
  algorithm_used: string;
  lower_bound: string | null;
  gap: number | null;
  change_count: number | null;
  seconds: number | null;
  created_at: Generated<Instant>;
}

export interface OptimizationSessions {
  session_id: Generated<string>;
  service_provider_id: number;
  tenant_id: number;
  billing_period_id: number;
  status: Generated<"PENDING" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED">;
  stage: Generated<"start" | "sync" | "prepare" | "optimize" | "finish" | "done">;
  reason: string | null;
  error_code: string | null;
  trigger_kind: Generated<"schedule" | "person" | "api">;
  actor: string | null;
  any_time: Generated<boolean>;
  full_sync: boolean | null;
  supersedes_session_id: string | null;
  program_version: string | null;
  settings: Generated<JsonText>;
  input_hashes: Generated<JsonText>;
  currency: string | null;
  device_count: number | null;
  baseline_cost: string | null;
  optimized_cost: string | null;
  cost_savings: string | null;
  savings_percent: string | null;
  lower_bound: string | null;
  gap: number | null;
  change_count: number | null;
  summary: JsonText | null;
  units_total: number | null;
  units_done: Generated<number>;
  progress_at: Generated<Instant>;
  deadline_at: Instant | null;
  created_at: Generated<Instant>;
  started_at: Instant | null;
  updated_at: Generated<Instant>;
  completed_at: Instant | null;
}

export interface PlanChangeRuns {
  plan_change_run_id: Generated<string>;
  tenant_id: number;
  session_id: string;
  kind: "apply" | "rollback";
  rolls_back_run_id: string | null;
  dry_run: Generated<boolean>;
  status: Generated<
    "AWAITING_APPROVAL" | "APPROVED" | "RUNNING" | "PAUSED" | "COMPLETED" | "FAILED" | "CANCELLED"
  >;
  reason: string | null;
  change_count: number;
  changes_sha256: string;
  approvals_needed: Generated<number>;
  expires_at: Instant;
  progress_at: Generated<Instant>;
  created_at: Generated<Instant>;
  completed_at: Instant | null;
}

export interface PlanChanges {
  plan_change_run_id: string;
  position: number;
  tenant_id: number;
  carrier_account_id: number;
  session_id: string;
  iccid: string;
  from_rate_plan_id: number;
  to_rate_plan_id: number;
  state: Generated<
    "PLANNED" | "SENDING" | "SENT" | "CONFIRMED" | "SKIPPED" | "FAILED" | "UNKNOWN" | "CANCELLED"
  >;
  cost_savings: string | null;
  effective_on: string | null;
  attempts: Generated<number>;
  carrier_reference: string | null;
  error_code: string | null;
  reason: string | null;
  sent_at: Instant | null;
  confirmed_at: Instant | null;
  updated_at: Generated<Instant>;
}

export interface PoolwiseMigrations {
  version: number;
  name: string;
  sha256: string;
  applied_at: Generated<Instant>;
}

export interface QuarantinedRows {
  quarantined_row_id: GeneratedAlways<number>;
  tenant_id: number;
  carrier_account_id: number;
  sync_id: string | null;
  session_id: string | null;
  source: string;
  line: number | null;
  iccid: string | null;
  reason: string;
  content: JsonText | null;
  created_at: Generated<Instant>;
}

export interface RatePlans {
  rate_plan_id: GeneratedAlways<number>;
  tenant_id: number;
  carrier_account_id: number;
  code: string;
  version: Generated<number>;
  type: "individual" | "pooled" | "unlimited";
  pool: Generated<string>;
  monthly_cost: string;
  included_bytes: number;
  overage: "charge" | "none";
  overage_rate: string | null;
  overage_block_bytes: number | null;
  usage_increment_bytes: Generated<number>;
  proration: Generated<"full" | "active_days" | "days30">;
  prorate_included: boolean;
  regulatory_fee: Generated<string>;
  min_devices: Generated<number>;
  max_devices: number | null;
  available: Generated<boolean>;
  created_at: Generated<Instant>;
  superseded_at: Instant | null;
}

export interface RatePools {
  rate_pool_id: GeneratedAlways<number>;
  tenant_id: number;
  carrier_account_id: number;
  name: string;
  included_bytes: number;
  monthly_cost: string;
  created_at: Generated<Instant>;
  superseded_at: Instant | null;
}

export interface Reports {
  report_id: Generated<string>;
  tenant_id: number;
  session_id: string;
  name: string;
  object_key: string;
  content_type: string;
  size_bytes: number;
  sha256: string;
  created_at: Generated<Instant>;
}

export interface SessionDevices {
  session_id: string;
  iccid: string;
  unit_id: number | null;
  communication_group_id: number | null;
  rate_plan_id: number | null;
  rate_plan: string | null;
  communication_plan: string | null;
  status: string | null;
  location: string | null;
  usage_bytes: number | null;
  projected_usage_bytes: number | null;
  active_days: number | null;
  locked: Generated<boolean>;
  switch_cost: string | null;
  excluded: string | null;
}

export interface SessionEvents {
  event_id: GeneratedAlways<number>;
  tenant_id: number;
  session_id: string;
  kind: string;
  data: Generated<JsonText>;
  created_at: Generated<Instant>;
}

export interface SessionRatePlans {
  session_id: string;
  rate_plan_id: number;
  valid: boolean;
  fault: string | null;
}

export interface StagingDevices {
  sync_id: string;
  seq: GeneratedAlways<number>;
  iccid: string;
  rate_plan: string | null;
  communication_plan: string | null;
  status: string | null;
  location: string | null;
  msisdn: string | null;
  imsi: string | null;
  imei: string | null;
  locked: Generated<boolean>;
  switch_cost: string | null;
  activated_on: string | null;
  usage_bytes: number | null;
  carrier_modified_at: Instant | null;
  device_metadata: JsonText | null;
}

export interface StagingUsage {
  sync_id: string;
  seq: GeneratedAlways<number>;
  iccid: string;
  usage_date: string | null;
  part: Generated<string>;
  usage_bytes: number;
  source: string;
}

export interface SyncRuns {
  sync_id: Generated<string>;
  tenant_id: number;
  carrier_account_id: number;
  billing_period_id: number;
  session_id: string | null;
  kind: "full" | "incremental";
  status: Generated<"RUNNING" | "LOADED" | "MERGED" | "FAILED" | "CANCELLED">;
  complete: Generated<boolean>;
  reason: string | null;
  modified_since: Instant | null;
  cursor: Generated<JsonText>;
  cursor_version: Generated<number>;
  pages: Generated<number>;
  calls: Generated<number>;
  rows_staged: Generated<number>;
  quarantined: Generated<number>;
  expected_devices: number | null;
  devices: number | null;
  duplicates: number | null;
  conflicts: number | null;
  inserted: number | null;
  updated: number | null;
  vanished: number | null;
  usage_facts: number | null;
  usage_date: string | null;
  started_at: Generated<Instant>;
  progress_at: Generated<Instant>;
  finished_at: Instant | null;
  facts_pending: Generated<boolean>;
}

export interface TaxRates {
  tax_rate_id: GeneratedAlways<number>;
  tenant_id: number;
  carrier_account_id: number;
  location: string;
  rate: string;
  created_at: Generated<Instant>;
  superseded_at: Instant | null;
}

export interface Tenants {
  tenant_id: GeneratedAlways<number>;
  name: string;
  mail_recipients: Generated<string[]>;
  webhook_url: string | null;
  created_at: Generated<Instant>;
}

export interface Units {
  unit_id: GeneratedAlways<number>;
  tenant_id: number;
  session_id: string;
  status: Generated<"PENDING" | "RUNNING" | "DONE" | "FAILED" | "CANCELLED">;
  communication_group_ids: Generated<number[]>;
  pools: Generated<string[]>;
  device_count: number;
  attempts: Generated<number>;
  worker: string | null;
  error_code: string | null;
  reason: string | null;
  certificate: JsonText | null;
  result: JsonText | null;
  started_at: Instant | null;
  finished_at: Instant | null;
}

export interface Users {
  user_id: Generated<string>;
  tenant_id: number;
  email: string;
  name: string | null;
  role: "viewer" | "approver" | "admin";
  password_hash: string | null;
  disabled_at: Instant | null;
  created_at: Generated<Instant>;
}

export interface Tables {
  api_keys: ApiKeys;
  approvals: Approvals;
  audit_log: AuditLog;
  billing_periods: BillingPeriods;
  carrier_accounts: CarrierAccounts;
  carrier_calls: CarrierCalls;
  carrier_pace: CarrierPace;
  communication_groups: CommunicationGroups;
  communication_plan_rate_plans: CommunicationPlanRatePlans;
  communication_plans: CommunicationPlans;
  dead_letters: DeadLetters;
  device_assignments: DeviceAssignments;
  device_usage: DeviceUsage;
  device_usage_statistics: DeviceUsageStatistics;
  devices: Devices;
  idempotency_keys: IdempotencyKeys;
  message_outbox: MessageOutbox;
  notifications: Notifications;
  optimization_groups: OptimizationGroups;
  optimization_sessions: OptimizationSessions;
  plan_change_runs: PlanChangeRuns;
  plan_changes: PlanChanges;
  poolwise_migrations: PoolwiseMigrations;
  quarantined_rows: QuarantinedRows;
  rate_plans: RatePlans;
  rate_pools: RatePools;
  reports: Reports;
  session_devices: SessionDevices;
  session_events: SessionEvents;
  session_rate_plans: SessionRatePlans;
  staging_devices: StagingDevices;
  staging_usage: StagingUsage;
  sync_runs: SyncRuns;
  tax_rates: TaxRates;
  tenants: Tenants;
  units: Units;
  users: Users;
}
