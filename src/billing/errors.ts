/**
 * The closed list of error codes. `exit` is the exit status of the command line: 1 the run's answer is no,
 * 2 the input or the call is wrong. `retry` says whether doing the same again may succeed.
 * `docs/errors.md` lists the same codes; a test holds the two together.
 */
export const ERROR_CODES = {
  "input-invalid": { exit: 2, retry: false, title: "An input file has faults" },
  "option-invalid": { exit: 2, retry: false, title: "An option or argument is wrong" },
  "file-unreadable": { exit: 2, retry: false, title: "A file cannot be read" },
  "output-unwritable": { exit: 2, retry: false, title: "The output cannot be written" },
  "plan-invalid": { exit: 2, retry: false, title: "A rate plan is invalid" },
  "bounds-exceeded": { exit: 2, retry: false, title: "A figure is past the documented bounds" },
  "settings-invalid": { exit: 2, retry: false, title: "Settings are missing or wrong" },
  "instance-infeasible": { exit: 1, retry: false, title: "No assignment meets the limits" },
  "certificate-rejected": { exit: 1, retry: false, title: "The certificate does not hold" },
  "database-unavailable": { exit: 1, retry: true, title: "The database cannot be reached" },
  "database-timeout": { exit: 1, retry: true, title: "The database did not answer in time" },
  "database-conflict": { exit: 1, retry: true, title: "Two transactions got in each other's way" },
  "database-full": { exit: 1, retry: true, title: "The database has no room left" },
  "database-refused": { exit: 1, retry: false, title: "The database refused a statement" },
  "database-locked": { exit: 2, retry: false, title: "Another process holds the embedded database" },
  "database-too-new": { exit: 2, retry: false, title: "The database is newer than the program" },
  "database-not-migrated": { exit: 2, retry: false, title: "The database is older than the program" },
  "message-too-large": { exit: 1, retry: false, title: "A queue message is too large" },
  "object-key-invalid": { exit: 2, retry: false, title: "A name of a stored object is not allowed" },
  "object-missing": { exit: 1, retry: false, title: "A stored object is not there" },
  "object-store-failed": { exit: 1, retry: true, title: "The object store failed" },
  "carrier-unreachable": { exit: 1, retry: true, title: "The carrier cannot be reached" },
  "carrier-credentials": { exit: 2, retry: false, title: "The carrier does not accept the credentials" },
  "carrier-throttled": { exit: 1, retry: true, title: "The carrier refuses further calls for now" },
  "carrier-answer-invalid": { exit: 1, retry: false, title: "The carrier's answer cannot be used" },
  "carrier-refused": { exit: 1, retry: false, title: "The carrier refuses the call" },
  "carrier-page-limit": { exit: 1, retry: false, title: "A carrier's list has more pages than allowed" },
  "window-closed": { exit: 1, retry: false, title: "Sessions do not start at this time of the cycle" },
  "session-running": { exit: 1, retry: false, title: "A session is running for this account and cycle" },
  "sync-incomplete": { exit: 1, retry: false, title: "Not all of the fleet could be read" },
  "session-stalled": { exit: 1, retry: false, title: "A session stopped moving" },
  "request-invalid": { exit: 2, retry: false, title: "The request cannot be understood" },
  "not-found": { exit: 2, retry: false, title: "There is nothing at this address" },
  "link-invalid": { exit: 2, retry: false, title: "The link is over, or was changed" },
  "calculation-stopped": { exit: 1, retry: true, title: "A calculation was cut off" },
  "internal-error": { exit: 1, retry: false, title: "A fault in Poolwise" },
} as const satisfies Record<string, { exit: 1 | 2; retry: boolean; title: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One fault of an input: where it stands and how to mend it. `line` and `column` count from 1. */
export interface Fault {
  readonly file?: string;
  readonly line?: number;
  readonly column?: string;
  readonly message: string;
}

/**
 * The one error class. `message` says what is wrong, where, what was expected and how to mend it.
 * `data` carries the figures (got, limit, unit) and never a secret; `faults` lists the first 20 faults of an
 * input and `faultCount` how many there are in all.
 */
export class PoolwiseError extends Error {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
  readonly faultCount: number;

  constructor(
    code: ErrorCode,
    message: string,
    details: {
      data?: Record<string, unknown>;
      faults?: readonly Fault[];
      faultCount?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "PoolwiseError";
    this.code = code;
    this.data = details.data ?? {};
    this.faults = details.faults ?? [];
    this.faultCount = details.faultCount ?? this.faults.length;
  }
}

/** `file:line, column "name": message`, with only the parts that are known. */
export function faultText(fault: Fault): string {
  const place =
    fault.file === undefined ? "" : fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`;
  const column = fault.column === undefined ? "" : `${place ? ", " : ""}column "${fault.column}"`;
  return place || column ? `${place}${column}: ${fault.message}` : fault.message;
}
