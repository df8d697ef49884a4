import type { z } from "zod";
import { PoolwiseError } from "../../billing/errors.ts";

/** @throws PoolwiseError `option-invalid` where the cursor is not one of ours. */
export function readCursor<Schema extends z.ZodType>(cursor: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(cursor));
  } catch (cause) {
    throw new PoolwiseError(
      "option-invalid",
      "The cursor is not one that this carrier's listing gave. Begin the listing anew, without a cursor.",
      { cause },
    );
  }
}
