/** What the thread is asked to do. `standalone` work is rolled back by the thread where it fails. */
export type Work =
  | {
      readonly kind: "query";
      readonly sql: string;
      readonly parameters: readonly unknown[];
      readonly standalone: boolean;
    }
  | { readonly kind: "script"; readonly sql: string; readonly standalone: boolean }
  | { readonly kind: "copyIn"; readonly sql: string; readonly chunk: Uint8Array<ArrayBuffer> }
  | { readonly kind: "copyOut"; readonly sql: string; readonly standalone: boolean }
  | { readonly kind: "listen" | "unlisten"; readonly channel: string }
  | { readonly kind: "dump"; readonly file: string }
  | { readonly kind: "close" };

/** The answer to a query. `command` is the server's word for what it did. */
export interface ThreadResult {
  readonly rows: object[];
  readonly rowCount: number;
  readonly command: string | undefined;
}

export interface Request {
  readonly id: number;
  readonly work: Work;
}

/** An error of the server, with what survives a structured clone. */
export interface ThreadError {
  readonly message: string;
  readonly code?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ThreadError }
  | { readonly notification: string; readonly payload: string };

export interface ThreadOptions {
  /** Folder of the database; undefined: in memory. */
  readonly folder: string | undefined;
  /** File of an earlier `dump` to start from, where the database is new. */
  readonly snapshot: string | undefined;
}
