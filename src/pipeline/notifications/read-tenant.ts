import type { SqlExecutor } from "../../ports/database.ts";
import type { Notifiers } from "./notifiers.ts";

/** Whose accounts they are that nobody gave to another tenant. */
const DEFAULT_TENANT = "default";

/** Where a tenant's notifications go. Never another tenant's. */
export interface NotifiedTenant {
  readonly name: string;
  readonly recipients: readonly string[];
  readonly webhookUrl: string | undefined;
}

interface Row {
  readonly name: string;
  readonly recipients: readonly string[];
  readonly url: string | null;
}

/** A tenant's own places; the default tenant has those of the settings where its row names none. */
export async function readTenant(
  executor: SqlExecutor,
  tenantId: number,
  { mail, webhook }: Notifiers,
): Promise<NotifiedTenant> {
  const { rows } = await executor.query<Row>(
    "SELECT name, mail_recipients AS recipients, webhook_url AS url FROM tenants WHERE tenant_id = $1",
    [tenantId],
  );
  const { name = "", recipients = [], url = null } = rows[0] ?? {};
  const own = { name, recipients, webhookUrl: url ?? undefined };
  if (name !== DEFAULT_TENANT) return own;
  return {
    name,
    recipients: recipients.length > 0 ? recipients : (mail?.recipients ?? []),
    webhookUrl: own.webhookUrl ?? webhook?.url,
  };
}
