import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { PoolwiseError } from "../../billing/errors.ts";
import { ENTRIES } from "./definitions.ts";
import { parseSettings, readSettings } from "./read-settings.ts";
import { settingsTable } from "./settings-table.ts";

test("defaults-are-those-of-the-interface", () => {
  expect(parseSettings({})).toMatchObject({
    QUEUES_PER_INSTANCE: 10,
    MAX_PAGES_TO_PROCESS: 1_000,
    SANITY_CHECK_TIME_LIMIT: 300_000,
    BATCH_SIZE: 100,
    DB_TIMEOUT: 30_000,
    DB_POOL_SIZE: 10,
    REDIS_PORT: 6_379,
    REDIS_TTL: 3_600_000,
    JASPER_TIMEOUT: 60_000,
    ENABLE_CROSS_PROVIDER: false,
    ENABLE_RATE_PLAN_UPDATES: false,
    UPDATE_BUFFER_MINUTES: 10,
    MAX_UPDATE_BATCH_SIZE: 250,
    DATA_DIR: ".poolwise",
    OPTIMIZATION_WINDOW_DAYS: 8,
  });
});

const WRONG = {
  DATABASE_URL: "mysql://root:hunter2@db/x",
  DB_POOL_SIZE: "ten",
  DB_TIMEOUT: "-1",
  ENABLE_RATE_PLAN_UPDATES: "maybe",
  EMAIL_RECIPIENTS: "a@example.com, not an address",
  WEBHOOK_URL: "ftp://example.com",
  WEBHOOK_SECRET: "too-short",
  LOG_LEVEL: "loud",
  PORT: "70000",
};

function errorOf(env: Record<string, string>): PoolwiseError {
  try {
    parseSettings(env);
  } catch (error) {
    if (error instanceof PoolwiseError) return error;
  }
  throw new Error("the settings were taken");
}

test("lists-every-fault-at-once-with-its-name", () => {
  const error = errorOf(WRONG);
  expect(error.code).toBe("settings-invalid");
  for (const name of Object.keys(WRONG)) {
    expect(
      error.faults.filter(({ message }) => message.startsWith(`${name}: `)),
      name,
    ).toHaveLength(1);
  }
  expect(error.faultCount).toBe(Object.keys(WRONG).length);
});

test("a-fault-never-shows-a-secret", () => {
  const shown = inspect(errorOf(WRONG), { depth: 10 });
  expect(shown).not.toContain("hunter2");
  expect(shown).not.toContain("too-short");
});

test("secrets-never-print", () => {
  const settings = parseSettings({
    DATABASE_URL: "postgres://user:hunter2@db/poolwise",
    SMTP_URL: "smtp://user:hunter2@mail",
    EMAIL_FROM: "a@example.com",
    WEBHOOK_SECRET: "hunter2 hunter2 hunter2",
    JASPER_API_KEY: "hunter2",
  });
  const shown = [JSON.stringify(settings), inspect(settings, { depth: 10 }), String(settings.JASPER_API_KEY)];
  expect(shown.join("")).not.toContain("hunter2");
  expect(settings.JASPER_API_KEY?.reveal()).toBe("hunter2");
});

test("a-setting-that-needs-another-says-so", () => {
  const error = errorOf({ SMTP_URL: "smtp://mail", WEBHOOK_URL: "https://example.com" });
  expect(error.faults.map(({ message }) => message)).toEqual([
    "EMAIL_FROM is not set, and SMTP_URL needs it.",
    "WEBHOOK_SECRET is not set, and WEBHOOK_URL needs it.",
  ]);
});

test("an-empty-setting-counts-as-not-set", () => {
  const settings = parseSettings({ EMAIL_RECIPIENTS: "", PORT: " ", DATABASE_URL: "" });
  expect(settings.EMAIL_RECIPIENTS).toBeUndefined();
  expect(settings.PORT).toBe(8_080);
  expect(settings.DATABASE_URL).toBeUndefined();
});

test("the-environment-wins-over-dot-env", () => {
  const folder = mkdtempSync(join(tmpdir(), "poolwise-settings-"));
  writeFileSync(join(folder, ".env"), "PORT=1111\nBATCH_SIZE=7 # rows\nDATA_DIR='a folder'\n");
  const settings = readSettings({ PORT: "2222" }, folder);
  expect([settings.PORT, settings.BATCH_SIZE, settings.DATA_DIR]).toEqual([2_222, 7, "a folder"]);
});

test("every-default-is-valid-and-no-secret-has-one", () => {
  for (const [name, { kind, fallback }] of ENTRIES) {
    if (fallback === undefined) continue;
    expect(kind.schema.safeParse(fallback).success, name).toBe(true);
    expect(kind.secret, name).toBeUndefined();
  }
});

test("docs-list-every-setting-as-the-code-has-it", () => {
  const docs = readFileSync(new URL("../../../docs/settings.md", import.meta.url), "utf8");
  expect(docs).toContain(settingsTable());
});
