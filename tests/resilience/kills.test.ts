import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../src/optimizer/random.ts";
import type { JasperSimulator } from "../../simulator/jasper/start-jasper-simulator.ts";
import { describeOnEachKind } from "./fixtures/each-kind.ts";
import type { Kill } from "./fixtures/killer.ts";
import { killThrough, STAGES, timeStages } from "./fixtures/killer.ts";
import type { StoreKind } from "./fixtures/open-site.ts";
import { openSite } from "./fixtures/open-site.ts";
import { spawnWorker } from "./fixtures/spawn-worker.ts";
import { outcomeOf } from "./fixtures/outcome.ts";
import { startStillCarrier } from "./fixtures/start-still-carrier.ts";

const KILLS = 50;
const KILLS_A_STAGE = 3;

let simulator: JasperSimulator;
beforeAll(async () => {
  simulator = await startStillCarrier({ devices: 150, seed: 11 });
});
afterAll(async () => {
  await simulator.close();
});

interface Ordeal {
  readonly undisturbed: unknown;
  /** Of each session that was killed again and again. */
  readonly outcomes: readonly unknown[];
  readonly kills: readonly Kill[];
}

async function killFiftyTimes(kind: StoreKind, seed: number): Promise<Ordeal> {
  const calm = await openSite(kind, simulator);
  const span = await timeStages(calm);
  const undisturbed = await outcomeOf(calm);
  await calm.close();
  const draw = seededRandom(seed);
  const kills: Kill[] = [];
  const outcomes: unknown[] = [];
  const isRare = (stage: string): boolean =>
    kills.filter((kill) => kill.stage === stage).length < KILLS_A_STAGE;
  while (kills.length < KILLS || STAGES.some(isRare)) {
    const site = await openSite(kind, simulator);
    kills.push(...(await killThrough(site, span, draw, KILLS)));
    outcomes.push(await outcomeOf(site));
    await site.close();
  }
  const spread = STAGES.map((stage) => `${stage} ${kills.filter((kill) => kill.stage === stage).length}`);
  console.info(`${kind}, ${outcomes.length} sessions, kills in: ${spread.join(", ")}`);
  return { undisturbed, outcomes, kills };
}

describeOnEachKind("kill -9 of the worker at 50 instants of sessions", (kind) => {
  let ordeal: Ordeal;
  beforeAll(async () => {
    ordeal = await killFiftyTimes(kind, 1);
  }, 1_200_000);

  test("the-instants-lie-in-every-stage", () => {
    expect(ordeal.kills.length).toBeGreaterThanOrEqual(KILLS);
    for (const stage of STAGES)
      expect(ordeal.kills.filter((kill) => kill.stage === stage).length, stage).toBeGreaterThanOrEqual(
        KILLS_A_STAGE,
      );
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

  test("the-message-that-ended-a-session-is-taken-again-where-its-worker-could-not-acknowledge-it", async () => {
    const site = await openSite(kind, simulator);
    const never = join(site.folder, "never");
    const worker = spawnWorker({ ...site.settings, HOLD_AT: "finish:after-commit", HOLD_UNTIL: never });
    await worker.when((words) => words[1] === "finish:after-commit");
    await worker.kill();
    const between = await outcomeOf(site);
    expect(between).toMatchObject({ session: [{ status: "COMPLETED" }] });
    expect(between["left"]).toHaveLength(1);
    expect(await spawnWorker(site.settings).ended).toBe(0);
    expect(await outcomeOf(site)).toEqual(ordeal.undisturbed);
    await site.close();
  }, 60_000);
});
