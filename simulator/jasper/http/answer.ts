/** What a call is answered with. `bytes` answers stand as they are; `lost` ones never reach the caller. */
export type Answer =
  | { readonly kind: "json"; readonly status: number; readonly body: unknown; readonly headers?: Headers }
  | {
      readonly kind: "bytes";
      readonly status: number;
      readonly contentType: string;
      readonly bytes: Buffer | string;
    }
  | { readonly kind: "lost"; readonly how: "reset" | "silence"; readonly afterMs: number };

type Headers = Readonly<Record<string, string>>;

export function ok(body: unknown, status = 200): Answer {
  return { kind: "json", status, body };
}

export function html(status: number, title: string): Answer {
  const text = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  return { kind: "bytes", status, contentType: "text/html; charset=ISO-8859-1", bytes: text };
}
