import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CONTROL_PREFIX, handleControl } from "./control/control-api.ts";
import { JasperControl } from "./control/jasper-control.ts";
import { FaultInjector } from "./faults/fault-injector.ts";
import { parseFaults } from "./faults/fault-spec.ts";
import { html } from "./http/answer.ts";
import { CarrierApi } from "./http/carrier-api.ts";
import { sendAnswer } from "./http/send-answer.ts";
import type { JasperSimulatorOptions } from "./options.ts";
import { settle } from "./settings.ts";
import { createWorld } from "./world.ts";

export interface JasperSimulator {
  /** Where the server listens: `http://127.0.0.1:port`. */
  readonly origin: string;
  /** The base address of the API, version included: `http://127.0.0.1:port/rws/api/v1`. */
  readonly url: string;
  readonly username: string;
  readonly apiKey: string;
  readonly control: JasperControl;
  close(): Promise<void>;
}

/** Starts a Control Center on loopback. Throws RangeError where an option is wrong. */
export async function startJasperSimulator(options: JasperSimulatorOptions): Promise<JasperSimulator> {
  const settings = settle(options);
  const specs = (options.faults ?? []).flatMap((fault) =>
    typeof fault === "string" ? parseFaults(fault) : [fault],
  );
  const user = settings.users[0];
  if (user === undefined) throw new RangeError("users must name at least one user.");
  const world = createWorld(settings);
  const faults = new FaultInjector(settings.seed);
  const closing = new AbortController();
  const api = new CarrierApi({ world, faults }, closing.signal);
  const control = new JasperControl(world, faults, api);
  for (const spec of specs) faults.inject(spec);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.parse(request.url ?? "/", "http://127.0.0.1");
    if (url?.pathname.startsWith(CONTROL_PREFIX)) return handleControl(control, request, response, url);
    if (url?.pathname.startsWith(`${settings.basePath}/`)) return api.handle(request, response, url);
    return sendAnswer(response, html(404, "404 Not Found"), world.clock.nowMs(), closing.signal);
  };
  const server = createServer({ keepAlive: true, noDelay: true }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    url: `${origin}${settings.basePath}/v1`,
    username: user.username,
    apiKey: user.apiKey,
    control,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
