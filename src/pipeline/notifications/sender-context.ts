import type { Metrics, PipelineContext } from "../context.ts";

/** What sending needs of the pipeline. */
export type SenderContext = Pick<PipelineContext, "db" | "objects" | "log" | "notifiers" | "fault"> & {
  readonly metrics: Pick<Metrics, "count">;
};
