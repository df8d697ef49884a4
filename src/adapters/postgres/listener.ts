import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { takePresence } from "../sql/presence.ts";
import { quoteName } from "../sql/sql-text.ts";

type OnPayload = (payload: string) => void;

export interface Listener {
  /** Keeps a lock under this number for as long as this process lives; see adapters/sql/presence.ts. */
  hold(presence: number): Promise<void>;
  listen(channel: string, onPayload: OnPayload): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;

/** One connection for all LISTENs and the lock that says we live, made when first needed and again when it breaks. */
export function openListener(makeClient: () => pg.Client): Listener {
  const subscribers = new Map<string, Set<OnPayload>>();
  let connection: Promise<pg.Client> | undefined;
  let held: number | undefined;
  let closed = false;

  async function connect(): Promise<pg.Client> {
    const client = makeClient();
    client.on("notification", (message) => {
      for (const onPayload of subscribers.get(message.channel) ?? []) onPayload(message.payload ?? "");
    });
    const lost = (): void => {
      if (closed || connection === undefined) return;
      connection = undefined;
      void reconnect();
    };
    client.on("error", lost);
    client.on("end", lost);
    await client.connect();
    if (held !== undefined) await client.query(takePresence(held));
    for (const channel of subscribers.keys()) await client.query(`LISTEN ${quoteName(channel)}`);
    return client;
  }

  const isNeeded = (): boolean => subscribers.size > 0 || held !== undefined;

  async function reconnect(): Promise<void> {
    for (let waitMs = 0; !closed && connection === undefined && isNeeded(); waitMs = RECONNECT_MS) {
      await sleep(waitMs, undefined, { ref: false });
      const attempt = connect();
      try {
        await attempt;
        connection ??= attempt;
      } catch {
        // The server is still away: the next round tries again.
      }
    }
  }

  return {
    async hold(presence) {
      if (held !== undefined) return;
      held = presence;
      const known = connection;
      connection ??= connect();
      const client = await connection;
      if (known !== undefined) await client.query(takePresence(presence));
    },
    async listen(channel, onPayload) {
      const known = subscribers.get(channel) ?? new Set<OnPayload>();
      subscribers.set(channel, known.add(onPayload));
      connection ??= connect();
      const client = await connection;
      await client.query(`LISTEN ${quoteName(channel)}`);
      return async () => {
        known.delete(onPayload);
        if (known.size > 0) return;
        subscribers.delete(channel);
        if (!closed)
          await connection
            ?.then((open) => open.query(`UNLISTEN ${quoteName(channel)}`))
            .catch(() => undefined);
      };
    },
    async close() {
      closed = true;
      await connection?.then((client) => client.end()).catch(() => undefined);
    },
  };
}
