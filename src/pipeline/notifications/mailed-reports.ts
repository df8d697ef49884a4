import type { Readable } from "node:stream";
import type { Mail } from "../../adapters/mail-smtp/open-mailer.ts";
import type { MailedLink } from "../../reports/mail/mailed-session.ts";
import type { PipelineContext } from "../context.ts";

/** A mail server that takes 10 MB takes this, which base64 makes a third longer. */
export const ATTACHED_BYTES_AT_MOST = 5 * 1_024 * 1_024;
const LINK_DAYS = 7;
const ATTACHED = "report.xlsx";
const LINKED = ["report.html", "report.xlsx", "assignments.csv"];

/** How the reader of a session's mail gets at its reports. */
export interface MailedReports {
  readonly attachments: Mail["attachments"];
  readonly links: readonly MailedLink[];
  readonly linkDays: number;
}

interface Report {
  readonly name: string;
  readonly key: string;
  readonly contentType: string;
  readonly sizeBytes: number;
}

/** The workbook itself where it is small; links to the reports where the object store has any to give. */
export async function mailedReports(
  { db, objects }: Pick<PipelineContext, "db" | "objects">,
  sessionId: string,
  workbook: "attached" | "left",
): Promise<MailedReports> {
  const { rows } = await db.query<Report>(
    `SELECT name, object_key AS key, content_type AS "contentType", size_bytes AS "sizeBytes"
     FROM reports WHERE session_id = $1`,
    [sessionId],
  );
  const attachments: Mail["attachments"][number][] = [];
  const links: MailedLink[] = [];
  for (const name of LINKED) {
    const report = rows.find((row) => row.name === name);
    if (report === undefined) continue;
    const { key, contentType, sizeBytes } = report;
    if (workbook === "attached" && name === ATTACHED && sizeBytes <= ATTACHED_BYTES_AT_MOST)
      attachments.push({ name, contentType, content: await whole(await objects.get(key)) });
    const url = await objects.link(key, LINK_DAYS * 86_400);
    if (url !== undefined) links.push({ name, url, sizeBytes });
  }
  return { attachments, links, linkDays: LINK_DAYS };
}

async function whole(stream: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
