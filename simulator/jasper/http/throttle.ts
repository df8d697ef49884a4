import type { Settings } from "../settings.ts";
import type { ThrottleStyle } from "../options.ts";
import type { Answer } from "./answer.ts";
import { html, ok } from "./answer.ts";
import { refusal } from "./carrier-errors.ts";

export interface Violations {
  /** Calls above the number allowed in their second. */
  rate: number;
  /** Calls that began while another was still open. */
  concurrency: number;
}

/** The measuring window and the single-call rule, by the real clock. */
export class Throttle {
  readonly violations: Violations = { rate: 0, concurrency: 0 };
  mostAtOnce = 0;
  mostInOneSecond = 0;
  #settings: Pick<Settings, "callsPerSecond" | "concurrency" | "throttleWindow">;
  #open = 0;
  #window = -1;
  #inWindow = 0;
  #recent: number[] = [];
  #closedWindow = -1;

  constructor(settings: Pick<Settings, "callsPerSecond" | "concurrency" | "throttleWindow">) {
    this.#settings = settings;
  }

  setLimits(limits: { readonly callsPerSecond?: number; readonly concurrency?: number }): void {
    this.#settings = { ...this.#settings, ...limits };
  }

  /** Counts a call in. Whether it is within the limits; `leave` must follow either way. */
  enter(realMs: number): boolean {
    this.#open++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
    const { callsPerSecond, concurrency } = this.#settings;
    const count = this.#count(realMs);
    this.mostInOneSecond = Math.max(this.mostInOneSecond, count);
    const crowded = concurrency > 0 && this.#open > concurrency;
    const fast = callsPerSecond > 0 && count > callsPerSecond;
    if (crowded) this.violations.concurrency++;
    if (fast) this.violations.rate++;
    return !crowded && !fast && Math.floor(realMs / 1000) !== this.#closedWindow;
  }

  leave(): void {
    this.#open--;
  }

  /** Sets the counters to zero; calls that are open stay open. */
  reset(): void {
    this.violations.rate = 0;
    this.violations.concurrency = 0;
    this.mostAtOnce = this.#open;
    this.mostInOneSecond = 0;
  }

  /** Refuses whatever else comes in the current second. */
  closeWindow(realMs: number): void {
    this.#closedWindow = Math.floor(realMs / 1000);
  }

  #count(realMs: number): number {
    if (this.#settings.throttleWindow === "sliding") {
      this.#recent = this.#recent.filter((at) => at > realMs - 1000);
      return this.#recent.push(realMs);
    }
    const window = Math.floor(realMs / 1000);
    if (window !== this.#window) {
      this.#window = window;
      this.#inWindow = 0;
    }
    return ++this.#inWindow;
  }
}

export function throttled(style: ThrottleStyle): Answer {
  if (style === "503") return html(503, "503 Service Temporarily Unavailable");
  if (style === "429-bare") return ok(undefined, 429);
  return refusal("40000029", undefined, Number(style));
}
