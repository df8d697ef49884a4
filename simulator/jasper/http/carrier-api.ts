import type { IncomingMessage, ServerResponse } from "node:http";
import { damageBody } from "../faults/body-faults.ts";
import { loseAnswer } from "../faults/edit-faults.ts";
import { letThingsHappen } from "../faults/happenings.ts";
import { refuseByFault, slownessMs } from "../faults/refusing-faults.ts";
import { applyDueChanges } from "../store/apply-change.ts";
import { STREAM, uniform } from "../fleet/draws.ts";
import { authenticate } from "./authenticate.ts";
import { html } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { CallStats } from "./call-stats.ts";
import type { Call, RouteContext } from "./call.ts";
import { refusal } from "./carrier-errors.ts";
import { matchRoute, routeCall } from "./route-call.ts";
import type { RouteMatch } from "./route-call.ts";
import { pause } from "./pause.ts";
import { sendAnswer } from "./send-answer.ts";
import { Throttle, throttled } from "./throttle.ts";

const MAX_BODY_BYTES = 65_536;

/** The carrier's face: each call is counted, checked, held to the pace, met by faults, handled and answered. */
export class CarrierApi {
  readonly throttle: Throttle;
  stats = new CallStats();
  readonly #context: RouteContext;
  readonly #closing: AbortSignal;
  #calls = 0;

  constructor(context: RouteContext, closing: AbortSignal) {
    this.#context = context;
    this.#closing = closing;
    this.throttle = new Throttle(context.world.settings);
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { settings, clock } = this.#context.world;
    const nowMs = clock.nowMs();
    const realMs = performance.now();
    const number = ++this.#calls;
    const match = matchRoute(request.method ?? "GET", url.pathname.slice(settings.basePath.length));
    this.stats.countCall(match.route, realMs);
    const withinPace = this.throttle.enter(realMs);
    let left = false;
    const leave = (): void => {
      if (!left) this.throttle.leave();
      left = true;
    };
    response.once("close", leave);
    const answer = await this.#answer(request, { number, match, url, nowMs, withinPace, realMs });
    leave();
    this.stats.countAnswer(answer.kind === "lost" ? "lost" : answer.status);
    await sendAnswer(response, answer, clock.nowMs(), this.#closing);
  }

  async #answer(request: IncomingMessage, arrival: Arrival): Promise<Answer> {
    const { world, faults } = this.#context;
    const { number, match, url, nowMs, withinPace, realMs } = arrival;
    applyDueChanges(world, nowMs);
    const body = await readBody(request);
    const user = authenticate(request.headers.authorization, world.settings.users, nowMs);
    if ("kind" in user) return user;
    const call: Call = {
      number,
      route: match.route,
      subject: match.subject,
      query: url.searchParams,
      body,
      nowMs,
      user,
    };
    if (faults.strike("F1", call).length > 0) this.throttle.closeWindow(realMs);
    else if (withinPace) return this.#handle(call, match);
    this.stats.throttled++;
    return throttled(world.settings.throttleStyle);
  }

  async #handle(call: Call, match: RouteMatch): Promise<Answer> {
    const context = this.#context;
    const refused = refuseByFault(context, call);
    if (refused !== undefined) return refused;
    if (!match.versionKnown) return refusal("10000024");
    await pause(this.#latencyMs(call) + slownessMs(context, call), this.#closing);
    letThingsHappen(context, call);
    return damageBody(context, call, loseAnswer(context, call, this.#route(call)));
  }

  #route(call: Call): Answer {
    try {
      return routeCall(this.#context, call);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      return html(500, "The simulator failed");
    }
  }

  #latencyMs(call: Call): number {
    const { latencyMs, seed } = this.#context.world.settings;
    if (typeof latencyMs === "number") return latencyMs;
    return latencyMs.min + uniform(seed, STREAM.latency, call.number) * (latencyMs.max - latencyMs.min);
  }
}

interface Arrival {
  readonly number: number;
  readonly match: RouteMatch;
  readonly url: URL;
  readonly nowMs: number;
  readonly withinPace: boolean;
  readonly realMs: number;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
