import { openRedisCache } from "../../../adapters/cache-redis/open-redis-cache.ts";
import { mailerOf } from "../../runtime/notifiers-of.ts";
import type { Settings } from "../../settings/definitions.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";

/** Whether Redis answers, where there is to be one. */
export async function checkRedis({ REDIS_HOST, REDIS_PORT }: Settings): Promise<Finding[]> {
  if (REDIS_HOST === undefined) return [ok("cache", "REDIS_HOST is not set: each process caches for itself")];
  let why: string | undefined;
  const cache = await openRedisCache({
    url: `redis://${REDIS_HOST}:${REDIS_PORT}`,
    timeoutMs: 3_000,
    onLost: (reason) => (why ??= reason),
  });
  try {
    const { ok: answers, reason } = await cache.health();
    if (answers) return [ok("cache", `Redis at ${REDIS_HOST}:${REDIS_PORT} answers`)];
    const found = `Redis at ${REDIS_HOST}:${REDIS_PORT} does not answer: ${why ?? reason ?? ""}`;
    return [
      fail("cache", found, "Check REDIS_HOST, REDIS_PORT and the server. Work goes on without it, slower."),
    ];
  } finally {
    await cache.close();
  }
}

/** Whether the mail server lets us in. Nothing is sent. */
export async function checkMail(settings: Settings): Promise<Finding[]> {
  const mailer = mailerOf(settings);
  if (mailer === undefined) return [ok("mail", "SMTP_URL is not set: nobody is told by mail")];
  const why = await mailer.verify();
  if (why !== undefined)
    return [
      fail(
        "mail",
        `the mail server does not let us in: ${why}`,
        "Check SMTP_URL: host, port, user and password.",
      ),
    ];
  const { EMAIL_RECIPIENTS: recipients = [], EMAIL_FROM: from } = settings;
  const found = `the mail server lets us in, sender ${from ?? ""}`;
  if (recipients.length === 0)
    return [warn("mail", `${found}; the default tenant has no recipients`, "Set EMAIL_RECIPIENTS.")];
  return [
    ok("mail", `${found}, ${recipients.length === 1 ? "1 recipient" : `${recipients.length} recipients`}`),
  ];
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether a webhook is set up. It is not called: that would tell its receiver something. */
export function checkWebhook({ WEBHOOK_URL: url, WEBHOOK_SECRET: secret }: Settings): Finding[] {
  if (secret === undefined) return [ok("webhook", "WEBHOOK_URL is not set: no other system is told")];
  const address = url === undefined ? undefined : URL.parse(url);
  if (address === undefined || address === null)
    return [ok("webhook", "WEBHOOK_SECRET is set; only tenants with a webhook of their own are told")];
  const found = `${address.protocol}//${address.host} (not called)`;
  if (address.username !== "" || address.password !== "") {
    const mend = "Take the user out of WEBHOOK_URL: a receiver knows us by the signature.";
    return [fail("webhook", `${found}: an address with a user name cannot be called`, mend)];
  }
  if (address.protocol === "http:" && !LOOPBACK.test(address.hostname))
    return [warn("webhook", `${found}: what is sent can be read on the way`, "Use https in WEBHOOK_URL.")];
  return [ok("webhook", found)];
}
