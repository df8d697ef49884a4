import type { IncomingMessage, ServerResponse } from "node:http";
import { eligibilityCsv, plansCsv, poolsCsv } from "../catalogue/contract-files.ts";
import type { FaultSpec } from "../faults/fault-spec.ts";
import type { BackgroundEdit } from "./background-edit.ts";
import { invoiceCsv, invoiceJson } from "./invoice-text.ts";
import type { JasperControl } from "./jasper-control.ts";
import { streamText } from "./stream-text.ts";
import { truthCsv } from "./truth-csv.ts";

const JSON_TYPE = "application/json;charset=utf-8";
const CSV_TYPE = "text/csv;charset=utf-8";

export const CONTROL_PREFIX = "/__sim/";

/** The routes under /__sim/: no credentials, no pace, not counted; the server listens on loopback only. */
export async function handleControl(
  control: JasperControl,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const route = `${request.method} ${url.pathname.slice(CONTROL_PREFIX.length)}`;
  try {
    const handled =
      request.method === "GET"
        ? await read(control, response, route, url)
        : await write(control, request, response, route);
    if (!handled)
      send(response, 404, JSON_TYPE, JSON.stringify({ error: `There is no control route ${route}.` }));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    send(response, 400, JSON_TYPE, JSON.stringify({ error: error.message }));
  }
}

async function read(
  control: JasperControl,
  response: ServerResponse,
  route: string,
  url: URL,
): Promise<boolean> {
  const { world } = control;
  const cycle = url.searchParams.get("cycleStartDate") ?? undefined;
  const projected = url.searchParams.get("usage") === "projected";
  switch (route) {
    case "GET stats":
      return sendJson(response, control.stats());
    case "GET faults":
      return sendJson(response, control.faults.active);
    case "GET clock":
      return sendJson(response, { now: control.stats().clock, rate: world.clock.rate });
    case "GET plans.csv":
      return send(response, 200, CSV_TYPE, plansCsv(world));
    case "GET eligibility.csv":
      return send(response, 200, CSV_TYPE, eligibilityCsv(world));
    case "GET pools.csv":
      return send(response, 200, CSV_TYPE, poolsCsv(world));
    case "GET truth":
      return streamText(response, CSV_TYPE, truthCsv(control.truth(cycle)));
    case "GET invoice": {
      const withLines = url.searchParams.get("lines") !== "no";
      return streamText(
        response,
        JSON_TYPE,
        invoiceJson(world, control.invoice(cycle, projected), withLines),
      );
    }
    case "GET invoice.csv":
      return streamText(response, CSV_TYPE, invoiceCsv(world, control.invoice(cycle, projected)));
    default:
      return false;
  }
}

async function write(
  control: JasperControl,
  request: IncomingMessage,
  response: ServerResponse,
  route: string,
): Promise<boolean> {
  const body = await readJson(request);
  switch (route) {
    case "POST faults":
      return sendJson(response, { ids: control.injectFault((body["spec"] ?? body) as FaultSpec | string) });
    case "DELETE faults":
      return sendJson(response, { cleared: control.clearFaults(body["id"] as number | undefined) });
    case "POST clock":
      moveClock(control, body);
      return sendJson(response, { now: control.stats().clock, rate: control.world.clock.rate });
    case "POST edit":
      control.edit(body as unknown as BackgroundEdit);
      return sendJson(response, { done: true });
    case "POST limits":
      control.setLimits(body as { callsPerSecond?: number; concurrency?: number });
      return sendJson(response, { done: true });
    case "DELETE stats":
      control.resetStats();
      return sendJson(response, { done: true });
    default:
      return false;
  }
}

/** `{ "set": "2026-04-01T04:00:00Z" }`, `{ "advanceMs": 60000 }`, `{ "rate": 3600 }`, in any combination. */
function moveClock(control: JasperControl, body: Readonly<Record<string, unknown>>): void {
  const { set, advanceMs, rate } = body;
  if (rate !== undefined) control.world.clock.setRate(Number(rate));
  if (typeof set === "string") control.setClock(set);
  if (advanceMs !== undefined) control.advanceClock(Number(advanceMs));
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  const value: unknown = JSON.parse(text === "" ? "{}" : text);
  if (typeof value !== "object" || value === null) throw new RangeError("A JSON object was expected.");
  return value as Record<string, unknown>;
}

function sendJson(response: ServerResponse, body: unknown): true {
  return send(response, 200, JSON_TYPE, JSON.stringify(body));
}

function send(response: ServerResponse, status: number, contentType: string, text: string): true {
  response.writeHead(status, { "Content-Type": contentType }).end(text);
  return true;
}
