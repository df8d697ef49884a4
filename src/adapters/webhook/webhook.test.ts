import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { isSignatureValid, openWebhook, signatureOf } from "./open-webhook.ts";

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

test("understands-a-date-to-come-back-at", async () => {
  const nowMs = Date.parse("2026-03-28T12:00:00Z");
  const { url } = await receiver(status(503, { "retry-after": "Sat, 28 Mar 2026 12:02:00 GMT" }));
  expect(
    await openWebhook({ secret: SECRET, now: () => nowMs }).post({ url, id: "n", body: "{}" }),
  ).toMatchObject({ afterSeconds: 120 });
});

test("an-address-with-a-password-is-refused-without-showing-it", async () => {
  const { url, calls } = await receiver(status(200));
  const secret = url.replace("http://", "http://user:hunter2@");
  const outcome = await openWebhook({ secret: SECRET }).post({ url: secret, id: "n", body: "{}" });
  expect(outcome.kind).toBe("refused");
  expect(JSON.stringify(outcome)).not.toContain("hunter2");
  expect(calls).toEqual([]);
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

test("a-secret-in-the-form-of-the-specification-is-decoded", () => {
  // The example of the specification's own test.
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const body = '{"test": 2432232314}';
  expect(signatureOf(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)).toBe(
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

type Check = (headers: IncomingHttpHeaders, rawBody: string, secret: string) => boolean;

test("the-check-that-the-docs-give-takes-our-calls-and-no-others", async () => {
  const docs = await readFile(new URL("../../../docs/notifications.md", import.meta.url), "utf8");
  const code = /```js\n(.*?)```/s.exec(docs)?.[1] ?? "";
  const { isFromPoolwise } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    isFromPoolwise: Check;
  };
  const { url, calls } = await receiver(status(200));
  await openWebhook({ secret: SECRET }).post({ url, id: "n-1", body: '{"name":"Zoë"}' });
  await openWebhook({ secret: SECRET, now: () => Date.now() - 400_000 }).post({ url, id: "n-2", body: "{}" });
  const [call, old] = calls;
  if (call === undefined || old === undefined) throw new Error("nobody called");
  expect(isFromPoolwise(call.headers, call.body, SECRET)).toBe(true);
  expect(isFromPoolwise(call.headers, `${call.body} `, SECRET)).toBe(false);
  expect(isFromPoolwise({ ...call.headers, "webhook-id": "n-3" }, call.body, SECRET)).toBe(false);
  expect(isFromPoolwise(call.headers, call.body, "another secret")).toBe(false);
  expect(isFromPoolwise({}, call.body, SECRET)).toBe(false);
  expect(isFromPoolwise(old.headers, old.body, SECRET)).toBe(false);
});
