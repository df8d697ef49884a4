import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { isSignatureValid, openWebhook } from "./open-webhook.ts";

const SECRET = "a secret of many characters";
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function receiver(answer: (response: ServerResponse) => void) {
  const calls: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      calls.push({ headers: request.headers, body });
      answer(response);
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, calls };
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(code, headers).end();

test("a-receiver-can-check-who-called-what-was-said-and-when", async () => {
  const { url, calls } = await receiver(status(204));
  const body = JSON.stringify({ kind: "session-completed", name: "Zoë <b>" });
  expect(await openWebhook({ secret: SECRET }).post({ url, id: "n-1", body })).toEqual({
    kind: "sent",
    reference: "HTTP 204",
  });
  const [call] = calls;
  const signed = {
    id: String(call?.headers["webhook-id"]),
    timestampSeconds: Number(call?.headers["webhook-timestamp"]),
    signature: String(call?.headers["webhook-signature"]),
    body: call?.body ?? "",
  };
  expect(signed).toMatchObject({ id: "n-1", body });
  expect(isSignatureValid(SECRET, signed, Date.now())).toBe(true);
  expect(isSignatureValid(SECRET, { ...signed, body: `${body} ` }, Date.now())).toBe(false);
  expect(isSignatureValid(SECRET, { ...signed, id: "n-2" }, Date.now())).toBe(false);
  expect(isSignatureValid("another secret", signed, Date.now())).toBe(false);
  expect(isSignatureValid(SECRET, signed, Date.now() + 600_000)).toBe(false);
});

test.each([
  [500, "retry"],
  [503, "retry"],
  [429, "retry"],
  [400, "refused"],
  [404, "refused"],
  [410, "refused"],
  [302, "refused"],
] as const)("an answer of %i means %s", async (code, kind) => {
  const { url } = await receiver(status(code, { location: "http://127.0.0.1:1/" }));
  expect(await openWebhook({ secret: SECRET }).post({ url, id: "n", body: "{}" })).toMatchObject({ kind });
});

test("waits-as-long-as-it-is-asked-to", async () => {
  const { url } = await receiver(status(503, { "retry-after": "17" }));
  expect(await openWebhook({ secret: SECRET }).post({ url, id: "n", body: "{}" })).toMatchObject({
    afterSeconds: 17,
  });
});

test("a-receiver-that-hangs-or-is-away-is-tried-again", async () => {
  const { url } = await receiver(() => undefined);
  const hanging = await openWebhook({ secret: SECRET, timeoutMs: 100 }).post({ url, id: "n", body: "{}" });
  expect(hanging.kind).toBe("retry");
  const away = await openWebhook({ secret: SECRET }).post({
    url: "http://127.0.0.1:1/",
    id: "n",
    body: "{}",
  });
  expect(away.kind).toBe("retry");
});
