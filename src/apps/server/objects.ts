import { basename, extname } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isLinkValid } from "../../adapters/objects-folder/open-folder-objects.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { ObjectStore } from "../../ports/object-store.ts";

interface ObjectParts {
  readonly objects: ObjectStore;
  /** undefined: this process gives no links, so none is valid. */
  readonly secret: string | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".csv": "text/csv; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

/** A report page is drawn without scripts, and could reach nothing if a name in it got through as one. */
const PAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

const link = z.object({ expires: z.string(), signature: z.string() });

/** Stored objects for whoever has a link to one that is signed and not over. */
export function objectRoutes(server: FastifyInstance, path: string, parts: ObjectParts): void {
  server.get<{ Params: { "*": string } }>(`${path}/*`, async (request, reply) => {
    const key = request.params["*"];
    const given = link.safeParse(request.query);
    if (!given.success || !isSigned(key, given.data, parts)) throw linkInvalid();
    const found = await parts.objects.head(key);
    if (found === undefined)
      throw new PoolwiseError("object-missing", `${basename(key)} is no longer there.`, { data: { key } });
    const isPage = extname(key) === ".html";
    const name = basename(key);
    reply
      .type(MEDIA_TYPES[extname(key)] ?? "application/octet-stream")
      .header("content-length", found.sizeBytes)
      .header("content-disposition", isPage ? "inline" : `attachment; filename="${name}"`)
      .header("content-security-policy", PAGE_POLICY)
      .header("cache-control", "private, no-store")
      .header("referrer-policy", "no-referrer");
    return reply.send(await parts.objects.get(key));
  });
}

function isSigned(key: string, { expires, signature }: z.infer<typeof link>, parts: ObjectParts): boolean {
  return parts.secret !== undefined && isLinkValid(parts.secret, key, expires, signature, parts.clock());
}

function linkInvalid(): PoolwiseError {
  return new PoolwiseError(
    "link-invalid",
    "This link is over or was changed. Ask for a new one, or write the reports with poolwise session report.",
  );
}
