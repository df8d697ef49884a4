import { PoolwiseError } from "../../../billing/errors.ts";
import type { SqlExecutor } from "../../../ports/database.ts";

export const DEFAULT_TENANT = "default";

/** @throws PoolwiseError `option-invalid` where there is no such tenant. */
export async function tenantIdOf(executor: SqlExecutor, name: string): Promise<number> {
  const { rows } = await executor.query<{ id: number }>(
    "SELECT tenant_id AS id FROM tenants WHERE name = $1",
    [name],
  );
  const [tenant] = rows;
  if (tenant !== undefined) return tenant.id;
  throw new PoolwiseError(
    "option-invalid",
    `--tenant ${JSON.stringify(name.slice(0, 80))}: there is no such tenant.`,
  );
}
