import type { RouteName } from "./call.ts";

/** What has been asked and answered since the start, or since the counters were set to zero. */
export class CallStats {
  calls = 0;
  throttled = 0;
  readonly routes: Partial<Record<RouteName, number>> = {};
  readonly statuses: Record<string, number> = {};
  firstCallMs: number | undefined;
  lastCallMs: number | undefined;

  countCall(route: RouteName, realMs: number): void {
    this.calls++;
    this.routes[route] = (this.routes[route] ?? 0) + 1;
    this.firstCallMs ??= realMs;
    this.lastCallMs = realMs;
  }

  countAnswer(status: number | "lost"): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
  }

  /** From the first call to the last, by the real clock. */
  get elapsedSeconds(): number {
    return ((this.lastCallMs ?? 0) - (this.firstCallMs ?? 0)) / 1000;
  }
}
