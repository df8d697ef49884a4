import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "redis";
import { afterEach, describe, expect, test } from "vitest";
import { cacheContract } from "../../ports/cache-contract.ts";
import { openRedisCache } from "./open-redis-cache.ts";

const url = process.env["POOLWISE_TEST_REDIS_URL"];
const key = { tenantId: 1, kind: "test", id: "a" };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const started: ChildProcess[] = [];
afterEach(() => {
  for (const server of started.splice(0)) server.kill("SIGKILL");
});

async function startRedis(port: number): Promise<ChildProcess> {
  const server = spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  started.push(server);
  for await (const chunk of server.stdout) if (String(chunk).includes("Ready to accept connections")) break;
  return server;
}

async function stop(server: ChildProcess, signal: "SIGKILL" | "SIGSTOP"): Promise<void> {
  const exited =
    signal === "SIGKILL" ? new Promise((resolve) => server.once("exit", resolve)) : Promise.resolve();
  server.kill(signal);
  await exited;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error("it did not come about within 10 s");
}

if (url === undefined) {
  const how = "Redis: NOT RUN, for want of a Redis. Run it with: tests/servers.sh npx vitest run";
  test(`${how}`, (context) => {
    console.warn(how);
    expect(url).toBeUndefined();
    context.skip();
  });
} else {
  describe("Redis", () => {
    cacheContract("Redis", () => openRedisCache({ url }));

    test("nonsense-in-redis-is-no-value", async () => {
      const cache = await openRedisCache({ url });
      const client = await createClient({ url }).connect();
      for (const nonsense of ["", "p{", "zxx", "1", "\0\0"]) {
        await client.set("poolwise:1:test:a", nonsense);
        expect(await cache.get(key)).toBeUndefined();
      }
      await client.close();
      await cache.close();
    });

    test("a-redis-that-dies-makes-it-slower-not-wrong-and-is-used-again-when-it-is-back", async () => {
      const port = await freePort();
      const lost: string[] = [];
      const first = await startRedis(port);
      const cache = await openRedisCache({
        url: `redis://127.0.0.1:${port}`,
        onLost: (reason) => lost.push(reason),
      });
      await cache.set(key, "kept", 60);
      expect(await cache.get(key)).toBe("kept");
      await stop(first, "SIGKILL");
      expect(await cache.get(key)).toBeUndefined();
      await cache.set(key, "not kept", 60);
      await cache.delete(key);
      expect(await cache.health()).toMatchObject({ ok: false });
      const second = await startRedis(port);
      await until(async () => (await cache.health()).ok);
      expect(await cache.get(key)).toBeUndefined();
      await cache.set(key, "kept again", 60);
      expect(await cache.get(key)).toBe("kept again");
      expect(lost).toHaveLength(1);
      await cache.close();
      await stop(second, "SIGKILL");
    }, 30_000);

    test("a-redis-that-hangs-is-not-waited-for", async () => {
      const port = await freePort();
      const server = await startRedis(port);
      const cache = await openRedisCache({ url: `redis://127.0.0.1:${port}`, timeoutMs: 200 });
      await cache.set(key, "kept", 60);
      await stop(server, "SIGSTOP");
      expect(await cache.get(key)).toBeUndefined();
      expect(await cache.health()).toMatchObject({ ok: false });
      await cache.close();
      await stop(server, "SIGKILL");
    }, 30_000);

    test("a-redis-that-never-was-does-not-keep-the-program-from-starting", async () => {
      const cache = await openRedisCache({ url: `redis://127.0.0.1:${await freePort()}`, timeoutMs: 200 });
      expect(await cache.get(key)).toBeUndefined();
      expect(await cache.health()).toMatchObject({ ok: false });
      await cache.close();
    });
  });
}
