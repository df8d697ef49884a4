import { PoolwiseError } from "../../billing/errors.ts";
import type { CarrierAccount } from "../../pipeline/context.ts";
import type { Environment } from "../settings/read-settings.ts";

/** Looks up what an account's secret is, by the name of the variable that holds it. */
export type AccountSecrets = (account: Pick<CarrierAccount, "name" | "secretEnv">) => string;

/** @throws PoolwiseError `settings-invalid`, from what it returns, where the variable is not set. */
export function accountSecrets(env: Environment, known: Set<string>): AccountSecrets {
  return ({ name, secretEnv }) => {
    const secret = secretEnv === undefined ? undefined : env[secretEnv]?.trim();
    if (secret === undefined || secret === "") throw unset(name, secretEnv);
    known.add(secret);
    return secret;
  };
}

function unset(name: string, variable: string | undefined): PoolwiseError {
  const what =
    variable === undefined
      ? `Carrier account ${name} names no variable for its secret. Remove it and add it again with --secret-env.`
      : `${variable} is not set: it holds the secret of carrier account ${name}. Set it in the environment or in .env of the process that calls the carrier, and start that again.`;
  return new PoolwiseError("settings-invalid", what, { data: { setting: variable } });
}
