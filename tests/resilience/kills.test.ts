import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeOnPostgres } from "../../src/adapters/store/test-postgres.ts";
import { seededRandom } from "../../src/optimizer/random.ts";
import { IN_WINDOW } from "../../src/pipeline/fixtures/rig.ts";
import { sessionDigest } from "../../src/pipeline/fixtures/session-digest.ts";
import { startJasperSimulator } from "../../simulator/jasper/start-jasper-simulator.ts";
import type { JasperSimulator } from "../../simulator/jasper/start-jasper-simulator.ts";
import type { Kill } from "./fixtures/killer.ts";
import { killThrough, STAGES, timeStages } from "./fixtures/killer.ts";
import type { Site, StoreKind } from "./fixtures/open-site.ts";
import { openSite } from "./fixtures/open-site.ts";

const KILLS = 50;

let simulator: JasperSimulator;
beforeAll(async () => {
  simulator = await startJasperSimulator({
    devices: 150,
    seed: 11,
    clock: IN_WINDOW,
    clockRate: 0,
    callsPerSecond: 0,
    concurrency: 0,
    otherPlans: 8,
  });
});
afterAll(async () => {
  await simulator.close();
});

/** All that the session left, and the content of the reports that are the same each time. */
async function outcome(site: Site): Promise<unknown> {
  return await site.inside(async (database) => {
    const { rows } = await database.query<{ id: string }>(
      "SELECT session_id AS id FROM optimization_sessions",
    );
    const [session] = rows;
    if (session === undefined || rows.length > 1) throw new Error(`${rows.length} sessions, expected one`);
    const reports = await database.query(
      "SELECT name, sha256 FROM reports WHERE name IN ('assignments.csv', 'certificate.json') ORDER BY name",
    );
    const left = await database.query("SELECT name FROM pgboss.job WHERE state <= 'active'");
    const dead = await database.query("SELECT classification FROM dead_letters");
    const digest = await sessionDigest(database, session.id);
    return { ...digest, content: reports.rows, left: left.rows, dead: dead.rows };
  });
}

interface Ordeal {
  readonly undisturbed: unknown;
  /** Of each session that was killed again and again. */
  readonly outcomes: readonly unknown[];
  readonly kills: readonly Kill[];
}

async function killFiftyTimes(kind: StoreKind, seed: number): Promise<Ordeal> {
  const calm = await openSite(kind, simulator);
  const span = await timeStages(calm);
  const undisturbed = await outcome(calm);
  await calm.close();
  const draw = seededRandom(seed);
  const kills: Kill[] = [];
  const outcomes: unknown[] = [];
  while (kills.length < KILLS) {
    const site = await openSite(kind, simulator);
    kills.push(...(await killThrough(site, span, draw, KILLS - kills.length)));
    outcomes.push(await outcome(site));
    await site.close();
  }
  const spread = STAGES.map((stage) => `${stage} ${kills.filter((kill) => kill.stage === stage).length}`);
  console.info(`${kind}, ${outcomes.length} sessions, kills in: ${spread.join(", ")}`);
  return { undisturbed, outcomes, kills };
}

const KINDS: readonly StoreKind[] = ["embedded", "PostgreSQL"];

describe.each(KINDS)("kill -9 at 50 instants of sessions, on the store: %s", (kind) => {
  const onStore = kind === "embedded" ? describe : describeOnPostgres;
  onStore("its worker", () => {
    let ordeal: Ordeal;
    beforeAll(async () => {
      ordeal = await killFiftyTimes(kind, 1);
    }, 1_200_000);

    test("the-instants-lie-in-every-stage", () => {
      expect(ordeal.kills).toHaveLength(KILLS);
      for (const stage of STAGES)
        expect(ordeal.kills.filter((kill) => kill.stage === stage).length, stage).toBeGreaterThanOrEqual(3);
      expect(new Set(ordeal.kills.map(({ after }) => after)).size).toBeGreaterThanOrEqual(8);
    });

    test("every-table-and-report-is-as-without-the-kills-with-one-notification-a-channel-and-no-message-lost", () => {
      expect(ordeal.undisturbed).toMatchObject({
        session: [{ status: "COMPLETED" }],
        told: [{ channel: "mail" }, { channel: "webhook" }],
        left: [],
        dead: [],
      });
      for (const each of ordeal.outcomes) expect(each).toEqual(ordeal.undisturbed);
    });
  });
});
