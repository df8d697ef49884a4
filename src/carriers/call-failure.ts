import type { PoolwiseError } from "../billing/errors.ts";

/** Why a call to a carrier did not give what was asked for, and what that says about the next one. */
export interface CallFailure {
  readonly error: PoolwiseError;
  /** The same call may succeed a little later. */
  readonly transient: boolean;
  /** Counts against the carrier's availability. */
  readonly outage: boolean;
  /** The carrier said no to this request: it was understood and not carried out. */
  readonly refused: boolean;
  /** false: the request surely never left. */
  readonly sent: boolean;
  readonly carrierCode: string | undefined;
  readonly status: number | undefined;
  /** Milliseconds to wait before the next call, where it is known. */
  readonly retryAfterMs: number | undefined;
}

export type CallResult<T> =
  | {
      readonly ok: true;
      readonly value: T;
      readonly answeredAt: Date;
      readonly carrierTime: Date | undefined;
    }
  | { readonly ok: false; readonly failure: CallFailure };
