import { PoolwiseError } from "../../billing/errors.ts";

const MOST_SHOWN = 80;

/** An option with a value that it does not take. */
export function optionInvalid(option: string, value: string, expected: string): PoolwiseError {
  const got = value.slice(0, MOST_SHOWN);
  return new PoolwiseError("option-invalid", `${option} is ${JSON.stringify(got)}; expected ${expected}.`, {
    data: { option, got },
  });
}
