import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { PoolwiseError } from "../../billing/errors.ts";
import { JasperClient } from "./client.ts";
import type { CallEvent, JasperClientOptions } from "./client.ts";
import { API_KEY, optionsFor, startScriptedCarrier } from "./fixtures/scripted-carrier.ts";
import type { Reply, ScriptedCarrier } from "./fixtures/scripted-carrier.ts";

let carrier: ScriptedCarrier | undefined;
afterEach(async () => {
  await carrier?.close();
  carrier = undefined;
});

const fine: Reply = { json: { context: "hello" } };
const echo = {
  method: "GET",
  route: "/echo/{word}",
  path: { word: "hello" },
  schema: z.object({ context: z.string() }),
} as const;

async function clientOf(
  script: readonly Reply[],
  settings: Parameters<typeof optionsFor>[1] = {},
  more: Partial<JasperClientOptions> = {},
) {
  const started = await startScriptedCarrier((_request, count) => script[count - 1] ?? script.at(-1) ?? fine);
  carrier = started;
  const events: CallEvent[] = [];
  return {
    client: new JasperClient({
      ...optionsFor(started.url, settings),
      onCall: (event) => events.push(event),
      ...more,
    }),
    carrier: started,
    events,
  };
}

async function errorOf(promise: Promise<unknown>): Promise<PoolwiseError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PoolwiseError))
    throw new Error(`a PoolwiseError was expected, not ${String(error)}`);
  return error;
}

const problem = (status: number, errorCode?: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  json: { errorMessage: "No.", ...(errorCode === undefined ? {} : { errorCode }) },
});

describe("credentials", () => {
  test.each([
    [
      "a 401 without a code",
      { status: 401, json: { errorMessage: "Full authentication is required to access this resource" } },
    ],
    ["a 401 with 10000001", problem(401, "10000001")],
    ["10000001 under another status", problem(400, "10000001")],
    ["a 401 with a web page", { status: 401, text: "<html>log in</html>" }],
  ] as [string, Reply][])("%s is final: one call, and none after it", async (_name, reply) => {
    const { client, carrier } = await clientOf([reply]);
    const first = await errorOf(client.read(echo));
    const second = await errorOf(client.read(echo));
    expect([first.code, second.code]).toEqual(["carrier-credentials", "carrier-credentials"]);
    expect(carrier.received.length).toBe(1);
    expect(first.message).toContain("acme-us");
    expect(first.message).toContain("GET /echo/{word}");
    expect(first.message).toContain("API key");
  });

  test("are sent as Basic, and never stand in an error, even where the server echoes them", async () => {
    const started = await startScriptedCarrier((request) => ({
      status: 400,
      json: { errorMessage: `you sent ${request.headers.authorization} ${API_KEY}`, errorCode: "10000028" },
    }));
    carrier = started;
    const client = new JasperClient(optionsFor(started.url));
    const error = await errorOf(client.read(echo));
    const sent = started.received[0]?.headers.authorization;
    expect(sent).toBe(`Basic ${Buffer.from(`robot:${API_KEY}`).toString("base64")}`);
    const shown = `${error.message} ${JSON.stringify(error.data)} ${String(error.stack)}`;
    expect(shown).toContain("you sent");
    expect(shown).not.toContain(API_KEY);
    expect(shown).not.toContain(sent?.slice(6));
  });

  test("go to the configured host alone: a redirect is an error", async () => {
    const { client, carrier } = await clientOf([
      { status: 302, headers: { location: "http://127.0.0.1:1/login" } },
    ]);
    const error = await errorOf(client.read(echo));
    expect(error.code).toBe("carrier-answer-invalid");
    expect(error.message).toContain("redirect to http://127.0.0.1:1/login");
    expect(carrier.received.length).toBe(1);
  });
});

describe("throttling", () => {
  test.each([
    ["HTTP 400 with 40000029", problem(400, "40000029")],
    ["HTTP 429 with 40000029", problem(429, "40000029")],
    ["a bare 429", { status: 429 }],
    ["a 503", { status: 503, text: "<html>503</html>" }],
    [
      "HTTP 500 with 40000029 as a number",
      { status: 500, json: { errorMessage: "Rate", errorCode: 40000029 } },
    ],
  ] as [string, Reply][])("%s is waited out", async (_name, reply) => {
    const { client, carrier } = await clientOf([reply, fine]);
    expect(await client.read(echo)).toEqual({ context: "hello" });
    expect(carrier.received.length).toBe(2);
  });

  test("10000029 is no throttling and not repeated", async () => {
    const { client, carrier } = await clientOf([problem(400, "10000029"), fine]);
    const error = await errorOf(client.read(echo));
    expect([error.code, error.data["carrierCode"]]).toEqual(["carrier-refused", "10000029"]);
    expect(carrier.received.length).toBe(1);
  });

  test("holds the account for everybody, for as long as the carrier asks", async () => {
    const held: number[] = [];
    const { client } = await clientOf([
      problem(429, "40000029", { "retry-after": "1" }),
      problem(400, "40000029"),
      fine,
    ]);
    const pace = { ...optionsFor(carrier?.url ?? "").pace };
    const watched = new JasperClient({
      ...optionsFor(carrier?.url ?? ""),
      pace: { ...pace, hold: async (_account, forMs) => void held.push(forMs) },
    });
    expect(client.settings.account).toBe("acme-us");
    const begun = performance.now();
    await watched.read(echo);
    expect(held).toEqual([1_000, 1_000]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
  });

  test("that does not end is an error that may be tried again", async () => {
    const { client, carrier } = await clientOf(
      [problem(400, "40000029")],
      {},
      { retry: { attempts: 2, firstDelayMs: 1, maxDelayMs: 1, budgetMs: 20_000 } },
    );
    const error = await errorOf(client.read(echo));
    expect([error.code, error.data["attempts"]]).toEqual(["carrier-throttled", 2]);
    expect(carrier.received.length).toBe(2);
  });

  test("no attempt begins past the budget", async () => {
    const { client, carrier } = await clientOf([problem(429, "40000029", { "retry-after": "3600" })]);
    const error = await errorOf(client.read(echo));
    expect([error.code, error.data["retryAfterMs"]]).toEqual(["carrier-throttled", 3_600_000]);
    expect(carrier.received.length).toBe(1);
  });
});

describe("trouble", () => {
  test.each([
    ["500 30000001", problem(500, "30000001")],
    ["a 504", { status: 504, text: "<html>gateway</html>" }],
    ["a reset", "reset"],
    ["an answer that breaks off", { text: '{"context": "hel' }],
    ["an answer of another shape", { json: { context: 7 } }],
    ["a web page with HTTP 200", { text: "<!DOCTYPE html><html>Maintenance</html>" }],
    ["an empty answer", { text: "" }],
  ] as [string, Reply][])("%s is asked again", async (_name, reply) => {
    const { client, carrier } = await clientOf([reply, reply, fine]);
    expect(await client.read(echo)).toEqual({ context: "hello" });
    expect(carrier.received.length).toBe(3);
  });

  test("silence ends with the timeout", async () => {
    const { client, carrier } = await clientOf(["silence", fine], { timeoutMs: 60 });
    expect(await client.read(echo)).toEqual({ context: "hello" });
    expect(carrier.received.length).toBe(2);
  });

  test("silence for good names the wait, the host and the account", async () => {
    const { client } = await clientOf(
      ["silence"],
      { timeoutMs: 40 },
      { retry: { attempts: 2, firstDelayMs: 1, maxDelayMs: 1, budgetMs: 20_000 } },
    );
    const error = await errorOf(client.read(echo));
    expect(error.code).toBe("carrier-unreachable");
    expect(error.message).toMatch(/acme-us.*127\.0\.0\.1.*no answer within 0.04 s.*Tried 2 times/);
  });

  test("a host that is not there", async () => {
    const { client, carrier } = await clientOf([fine]);
    await carrier.close();
    const error = await errorOf(client.read(echo));
    expect(error.code).toBe("carrier-unreachable");
    expect(error.message).toContain("connection was refused");
  });

  test.each([
    [
      "the console's 404 page",
      {
        status: 404,
        text: "<!DOCTYPE html><html>Not Found</html>",
        headers: { "content-type": "text/html" },
      },
      /a web page where the API's JSON.*Check the base URL/,
    ],
    ["another JSON", { status: 404, json: { detail: "no" } }, /where the API's JSON/],
  ] as [string, Reply, RegExp][])("%s is final and says what to check", async (_name, reply, words) => {
    const { client, carrier } = await clientOf([reply]);
    const error = await errorOf(client.read(echo));
    expect(error.code).toBe("carrier-answer-invalid");
    expect(error.message).toMatch(words);
    expect(carrier.received.length).toBe(1);
  });

  test("an answer without end is not read to its end", async () => {
    const { client } = await clientOf([{ text: "x".repeat(50_000) }], { maxBodyBytes: 10_000 });
    expect((await errorOf(client.read(echo))).message).toContain("longer than 10000 bytes");
  });

  test("an aborted caller is let go at once, also between attempts", async () => {
    const { client, carrier } = await clientOf(
      [problem(429, "40000029", { "retry-after": "20" })],
      {},
      { retry: { attempts: 3, firstDelayMs: 1, maxDelayMs: 1, budgetMs: 60_000 } },
    );
    const controller = new AbortController();
    const reading = client.read({ ...echo, signal: controller.signal });
    while (carrier.received.length === 0) await sleep(5);
    await sleep(20);
    controller.abort(new Error("shutting down"));
    await expect(reading).rejects.toThrow("shutting down");
    expect(carrier.received.length).toBe(1);
  });
});

describe("the breaker", () => {
  test("opens after failures in a row, lets one probe through, and closes when the carrier is back", async () => {
    let up = false;
    const started = await startScriptedCarrier(() => (up ? fine : { status: 503 }));
    carrier = started;
    const held: number[] = [];
    const options = optionsFor(started.url, { concurrency: 4 });
    const client = new JasperClient({
      ...options,
      pace: { ...options.pace, hold: async (_account, forMs) => void held.push(forMs) },
      breaker: { failures: 4, firstBreakMs: 150, maxBreakMs: 1_000 },
    });
    expect((await errorOf(client.read(echo))).code).toBe("carrier-unreachable");
    const before = started.received.length;
    const rejected = await errorOf(client.read(echo));
    expect(rejected.message).toContain("not called, because the last calls all failed");
    expect(Number(rejected.data["retryAfterMs"])).toBeLessThanOrEqual(150);
    expect(started.received.length).toBe(before);
    expect(held).toEqual([150]);

    await sleep(170);
    const probes = await Promise.allSettled([client.send(echo), client.send(echo), client.send(echo)]);
    expect(probes.map((probe) => probe.status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    expect(started.received.length).toBe(before + 1);
    expect(held).toEqual([150, 300]);

    up = true;
    await sleep(320);
    const back = await Promise.all([client.read(echo), client.read(echo)]);
    expect(back).toEqual([{ context: "hello" }, { context: "hello" }]);
  });

  test("refusals do not open it", async () => {
    const { client, carrier } = await clientOf(
      [problem(400, "10000013")],
      {},
      { breaker: { failures: 2, firstBreakMs: 60_000, maxBreakMs: 60_000 } },
    );
    for (let i = 0; i < 6; i++) await errorOf(client.read(echo));
    expect(carrier.received.length).toBe(6);
  });
});

describe("bodies", () => {
  const named = { ...echo, schema: z.object({ name: z.string() }) };

  test.each([
    [
      "ISO-8859-1",
      Buffer.from('{"name":"Café – S"}'.replace("–", "-"), "latin1"),
      "application/json;charset=ISO-8859-1",
      "Café - S",
    ],
    [
      "UTF-8 labelled ISO-8859-1",
      Buffer.from('{"name":"Café ✓"}', "utf8"),
      "application/json;charset=ISO-8859-1",
      "Café ✓",
    ],
    [
      "ISO-8859-1 labelled UTF-8",
      Buffer.from('{"name":"Größe"}', "latin1"),
      "application/json;charset=UTF-8",
      "Größe",
    ],
    ["a byte order mark", Buffer.from('\ufeff{"name":"plain"}', "utf8"), "application/json", "plain"],
  ])("%s is read as it was meant", async (_name, text, type, name) => {
    const { client } = await clientOf([{ text, headers: { "content-type": type } }]);
    expect(await client.read(named)).toEqual({ name });
  });

  test("numbers that a double cannot hold keep their digits", async () => {
    const { client } = await clientOf([{ text: '{"name":89882170000000000001,"price":0.0029296875}' }]);
    const read = await client.read({ ...echo, schema: z.object({ name: z.string(), price: z.string() }) });
    expect(read).toEqual({ name: "89882170000000000001", price: "0.0029296875" });
  });

  test("names in paths and queries are encoded", async () => {
    const { client, carrier } = await clientOf([fine]);
    await client.read({
      ...echo,
      path: { word: "a/b ?" },
      query: { ratePlanName: "5 MB, Größe & +1", nothing: undefined },
    });
    expect(carrier.received[0]?.path).toBe("/rws/api/v1/echo/a/b ?");
    expect(carrier.received[0]?.query.get("ratePlanName")).toBe("5 MB, Größe & +1");
    expect([...(carrier.received[0]?.query.keys() ?? [])]).toEqual(["ratePlanName"]);
  });
});

test("every sending is reported with its outcome and without secrets", async () => {
  const { client, events } = await clientOf([problem(400, "40000029"), fine]);
  await client.read(echo);
  expect(events.map(({ attempt, outcome, carrierCode }) => [attempt, outcome, carrierCode])).toEqual([
    [1, "carrier-throttled", "40000029"],
    [2, "ok", undefined],
  ]);
  expect(JSON.stringify(events)).not.toContain(API_KEY);
});
