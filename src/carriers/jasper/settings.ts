import { z } from "zod";
import { PoolwiseError } from "../../billing/errors.ts";

const localDate = z.string().regex(/^\d{4}-\d\d-\d\d$/, "a date YYYY-MM-DD");

/** What Poolwise must know of one Control Center account. Where tenants differ there is a setting, and nothing is guessed. */
const schema = z.strictObject({
  /** Names the account in messages and in the shared pace. */
  account: z.string().min(1),
  /** The API host, not the console's. Without a path, /rws/api/v1 is meant. */
  baseUrl: z.string().transform(apiBase),
  /** Plain HTTP beyond this machine would show the key to the network. */
  allowPlainHttp: z.boolean().default(false),
  username: z
    .string()
    .min(1)
    .regex(/^[^:\p{Cc}]+$/u, "a user name without a colon"),
  apiKey: z
    .string()
    .min(1)
    .regex(/^[^\p{Cc}]+$/u, "one line"),
  /** Where the credential may see several accounts. */
  accountId: z.string().regex(/^\d+$/, "digits").optional(),
  /** 0 lifts the limit. */
  callsPerSecond: z
    .number()
    .min(0)
    .default(5)
    .transform((calls) => (calls === 0 ? Number.POSITIVE_INFINITY : calls)),
  concurrency: z.int().min(1).default(1),
  timeoutMs: z.int().min(1).default(60_000),
  /** Of the billing cycle. */
  timeZone: z.string().refine(isTimeZone, "an IANA time zone such as America/New_York").default("UTC"),
  /** How far back a full listing asks: from a date, or so many days for tenants that refuse older ones. */
  lookBack: z
    .union([
      z.strictObject({ since: localDate }),
      z.strictObject({ days: z.number().positive().max(20_000) }),
    ])
    .default({ since: "2000-01-01" }),
  /** What the tenant takes for a missing modifiedTill. "one-year" is safe for all: the scan is chained by year. */
  tillDefault: z.enum(["one-year", "none"]).default("one-year"),
  /** The carrier's ICCIDs have 19 digits, or 20 with a check digit; ours may be asked to differ. */
  iccidForm: z.enum(["as-given", "19-to-20", "20-to-19"]).default("as-given"),
  /** How an instant is written: 2016-04-18T17:31:34+00:00 or …Z. */
  instantForm: z.enum(["offset", "Z"]).default("offset"),
  /** How /usages wants its cycleStartDate: 2016-04-18 or 2016-04-18+05:00. */
  usagesDateForm: z.enum(["date", "date-offset"]).default("date"),
  pageSize: z.int().min(1).max(50).default(50),
  /** How far the clocks of the carrier's own machines may disagree. */
  skewMs: z.int().min(0).default(120_000),
  maxTailPasses: z.int().min(1).default(10),
  maxBodyBytes: z
    .int()
    .min(1024)
    .default(16 * 2 ** 20),
});

export type JasperSettings = z.infer<typeof schema>;
export type JasperSettingsInput = z.input<typeof schema>;

/** @throws PoolwiseError `settings-invalid` with every fault, none of which repeats the key. */
export function parseJasperSettings(input: JasperSettingsInput): JasperSettings {
  const parsed = schema.safeParse(input);
  const faults = parsed.success
    ? plainHttpFault(parsed.data)
    : parsed.error.issues.map((issue) => ({ column: issue.path.join("."), message: issue.message }));
  if (parsed.success && faults.length === 0) return parsed.data;
  const list = faults.map((fault) => `${fault.column}: ${fault.message}`).join("; ");
  throw new PoolwiseError(
    "settings-invalid",
    `Settings of the Control Center account ${input.account} are wrong: ${list}.`,
    { faults },
  );
}

function plainHttpFault(settings: JasperSettings): { column: string; message: string }[] {
  const { protocol, hostname } = settings.baseUrl;
  if (
    protocol === "https:" ||
    settings.allowPlainHttp ||
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
  )
    return [];
  return [
    {
      column: "baseUrl",
      message: `https is expected: over http the API key for ${hostname} could be read by others`,
    },
  ];
}

function apiBase(text: string, context: z.RefinementCtx): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    context.addIssue({
      code: "custom",
      message: "a URL such as https://restapi1.jasper.com/rws/api/v1 is expected",
    });
    return z.NEVER;
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    context.addIssue({ code: "custom", message: "a URL without user, query or fragment is expected" });
    return z.NEVER;
  }
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path === "" ? "/rws/api/v1" : /\/v\d+$/.test(path) ? path : `${path}/v1`;
  return url;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name }).format();
    return true;
  } catch {
    return false;
  }
}
