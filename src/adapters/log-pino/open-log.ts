import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** Texts that no line may contain, whatever field or message they got into. More may be added later. */
  readonly secrets?: ReadonlySet<string>;
  /** Where lines go: standard error unless said. */
  readonly destination?: DestinationStream;
  /** In every line. */
  readonly base?: Readonly<Record<string, unknown>>;
}

const SHOWN = "[secret]";
/** A shorter one would be found everywhere. */
const SHORTEST_SECRET = 6;
const SECRET_FIELDS = [
  "password",
  "secret",
  "token",
  "apiKey",
  "api_key",
  "key",
  "authorization",
  "cookie",
  "url",
  "body",
  "payload",
];
/** Fields of these names, at the top and up to two levels down. */
const REDACTED = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
const STANDARD_ERROR = 2;

/** Structured logs as JSON lines. Secrets are taken out by the names of fields and, where they are known, by value. */
export function openLog({ level, secrets = new Set(), destination, base = {} }: LogOptions): Logger {
  const hide = hiding(secrets);
  return pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: SHOWN },
      serializers: { err: fromError, error: fromError },
      hooks: { streamWrite: hide },
    },
    destination ?? pino.destination({ dest: STANDARD_ERROR, sync: true }),
  );
}

function hiding(secrets: ReadonlySet<string>): (line: string) => string {
  let known = 0;
  let forms: string[] = [];
  return (line) => {
    if (secrets.size !== known) {
      known = secrets.size;
      forms = [...secrets].filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(writtenForms);
    }
    return forms.reduce((text, form) => text.replaceAll(form, SHOWN), line);
  };
}

/** As it stands in text, in JSON and in an address. */
function writtenForms(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])];
}

function fromError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error ? { code: error.code } : {};
  return { type: error.name, ...code, message: error.message, stack: error.stack };
}
