import { startJasperSimulator } from "./start-jasper-simulator.ts";
import type { JasperSimulator } from "./start-jasper-simulator.ts";
import type { JasperSimulatorOptions } from "./options.ts";

/** A moment in a cycle that contains a change to summer time in New York. */
export const A_DAY_IN_MARCH = "2026-03-28T09:00:00Z";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the text is no JSON. */
  readonly json: Record<string, unknown> | undefined;
}

/** Talks to a simulator as a carrier's customer would; for tests. */
export interface Caller {
  readonly simulator: JasperSimulator;
  get(path: string, parameters?: Readonly<Record<string, string | number>>): Promise<Reply>;
  put(iccid: string, body: unknown): Promise<Reply>;
  /** The ICCIDs of a whole search, page after page until the last one, as they came. */
  listAll(onPage?: (page: number) => void | Promise<void>): Promise<string[]>;
  /** The ICCIDs of active SIMs with usage, on a rate plan and communication plan or on any. */
  activeSims(ratePlan?: string, communicationPlan?: string): string[];
}

/** Starts a simulator with a standing clock and no limits unless `options` say otherwise. */
export async function startWithCaller(options: Partial<JasperSimulatorOptions> = {}): Promise<Caller> {
  const simulator = await startJasperSimulator({
    devices: 500,
    clock: A_DAY_IN_MARCH,
    clockRate: 0,
    callsPerSecond: 0,
    concurrency: 0,
    ...options,
  });
  const credentials = Buffer.from(`${simulator.username}:${simulator.apiKey}`).toString("base64");
  const headers = { Authorization: `Basic ${credentials}`, Accept: "application/json" };
  const get: Caller["get"] = async (path, parameters = {}) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
    return toReply(await fetch(`${simulator.url}${path}${query.size > 0 ? `?${query}` : ""}`, { headers }));
  };
  const put: Caller["put"] = async (iccid, body) =>
    toReply(
      await fetch(`${simulator.url}/devices/${iccid}`, {
        method: "PUT",
        headers: { ...headers, "Content-Type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
  return { simulator, get, put, listAll: (onPage) => listAll(get, onPage), activeSims: (...plans) => activeSims(simulator, ...plans) };
}

async function toReply(response: Response): Promise<Reply> {
  const text = await response.text();
  let json: Record<string, unknown> | undefined;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

export const SINCE = { modifiedSince: "2015-01-01T00:00:00Z" };

export interface DevicesPage {
  readonly pageNumber: number;
  readonly devices: readonly { iccid: string; status: string; ratePlan: string; communicationPlan: string }[];
  readonly lastPage: boolean;
}

async function listAll(get: Caller["get"], onPage?: (page: number) => void | Promise<void>): Promise<string[]> {
  const found: string[] = [];
  for (let pageNumber = 1; ; pageNumber++) {
    const page = (await get("/devices", { ...SINCE, pageNumber })).json as unknown as DevicesPage;
    found.push(...page.devices.map((device) => device.iccid));
    if (page.lastPage) return found;
    await onPage?.(pageNumber);
  }
}

function activeSims(simulator: JasperSimulator, ratePlan?: string, communicationPlan?: string): string[] {
  return [...simulator.control.truth()]
    .filter((row) => row.status === "ACTIVATED" && row.usageBytes > 0)
    .filter((row) => ratePlan === undefined || row.ratePlan === ratePlan)
    .filter((row) => communicationPlan === undefined || row.communicationPlan === communicationPlan)
    .map((row) => row.iccid);
}
