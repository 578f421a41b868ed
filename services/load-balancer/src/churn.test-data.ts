/** Targets that come and go as a deployment's tasks do, and clients that keep their connections all the while. */
import { Agent, get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Db } from "@roadstead/db/connect";
import { type BalancerWorld, forwardTo, GROUP, OTHER_GROUP } from "./balancer-world.test-data.ts";
import { aTarget, type TestTarget } from "./haproxy.test-data.ts";

export interface Churn {
  /** How long a slow request takes. */
  readonly slowMs: number;
  /** The longest time between two passes. */
  readonly passEveryMsMax: number;
  /** How often all targets are to be others. */
  readonly rolls: number;
}

export interface ChurnOutcome {
  readonly requests: number;
  readonly slowRequests: number;
  readonly failures: readonly string[];
  readonly passErrors: readonly unknown[];
  readonly reloads: number;
}

const BUSY_CLIENTS = 8;
const IDLE_CLIENTS = 24;
const SLOW_CLIENTS = 8;
const ANSWER_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export async function churn(db: Db, world: BalancerWorld, wanted: Churn): Promise<ChurnOutcome> {
  const [asked, passed] = [new AbortController(), new AbortController()];
  const passing = passSteadily(world, wanted.passEveryMsMax, passed.signal);
  const first = await startTargets(world, wanted.slowMs);
  const changing = changeStructure(db, world, asked.signal);
  const count = { requests: 0, slowRequests: 0, failures: [] as string[] };
  const ask = (path: string, pauseMsMax: number, answered: () => void) =>
    askSteadily(`${world.url}${path}`, {
      signal: asked.signal,
      pauseMsMax,
      answered,
      failures: count.failures,
    });
  const quick = () => {
    count.requests += 1;
  };
  const slow = () => {
    count.slowRequests += 1;
  };
  const asking = [
    ...Array.from({ length: BUSY_CLIENTS }, () => ask("/", 4, quick)),
    ...Array.from({ length: IDLE_CLIENTS }, () => ask("/", 1_500, quick)),
    ...Array.from({ length: SLOW_CLIENTS }, () => ask("/slow", 100, slow)),
  ];
  const last = await roll(db, world, wanted, first);
  asked.abort();
  await Promise.all([...asking, changing]);
  passed.abort();
  await Promise.all(last.map((target) => target.close()));
  return { ...count, ...(await passing) };
}

/** One connection, asked at times that are no one's rhythm: some wait through several reloads. */
async function askSteadily(
  url: string,
  asking: {
    readonly signal: AbortSignal;
    readonly pauseMsMax: number;
    readonly answered: () => void;
    readonly failures: string[];
  },
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!asking.signal.aborted) {
    const failure = await ask(url, agent);
    if (failure !== null) asking.failures.push(`${new Date().toISOString()} ${url}: ${failure}`);
    asking.answered();
    await pause(Math.random() * asking.pauseMsMax);
  }
  agent.destroy();
}

const ask = (url: string, agent: Agent): Promise<string | null> =>
  new Promise((resolve) => {
    const timeout = ANSWER_TIMEOUT_MS;
    const asked = get(url, { agent, timeout }, (response) => {
      response.resume();
      response.on("error", (error) => resolve(`cut: ${error.message}`));
      response.on("end", () => resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`));
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", (error) => resolve(error.message));
  });

/** One after the other, as the bell and the sweep have them made. */
async function passSteadily(world: BalancerWorld, everyMsMax: number, signal: AbortSignal) {
  const passErrors: unknown[] = [];
  let reloads = 0;
  while (!signal.aborted) {
    const outcome = await world.pass().catch((error: unknown) => passErrors.push(error));
    if (typeof outcome === "object" && outcome.reloaded) reloads += 1;
    await pause(everyMsMax * (0.5 + Math.random() / 2));
  }
  return { passErrors, reloads };
}

/** Long enough for a new target to be checked in between: a reload begins its checks anew. */
const betweenChanges = () => 800 + Math.random() * 1_200;

/** What others do with balancers of their own: each is a new structure. */
async function changeStructure(db: Db, world: BalancerWorld, signal: AbortSignal): Promise<void> {
  for (let n = 1; !signal.aborted; n += 1) {
    await world.addRule(n, [{ field: "path-pattern", values: [`/others/${n}/*`] }], forwardTo(OTHER_GROUP));
    await pause(betweenChanges());
    await db.query("DELETE FROM listener_rules WHERE priority = $1", [n - 1]);
    await pause(betweenChanges());
  }
}

async function startTargets(world: BalancerWorld, slowMs: number): Promise<readonly TestTarget[]> {
  const targets = await Promise.all([aTarget(slowMs), aTarget(slowMs)]);
  await world.register(GROUP, ...targets.map(({ port }) => port));
  for (const { port } of targets)
    while ((await world.healthOf(GROUP, port))?.state !== "healthy") await pause(POLL_MS);
  return targets;
}

/**
 * As a service is rolled, twice as many and then half: new targets are waited for, the old ones drained, and each is
 * stopped the moment it is gone from its group. Returns those that are left when all others have stopped.
 */
async function roll(db: Db, world: BalancerWorld, { rolls, slowMs }: Churn, first: readonly TestTarget[]) {
  const isThere = async (port: number) =>
    (await db.query("SELECT 1 FROM targets WHERE port = $1", [port])).length > 0;
  const stop = async (target: TestTarget) => {
    await world.deregister(GROUP, target.port);
    while (await isThere(target.port)) await pause(POLL_MS);
    await target.close();
  };
  const stopping: Promise<void>[] = [];
  let serving = first;
  for (let n = 0; n < rolls; n += 1) {
    const next = await startTargets(world, slowMs);
    stopping.push(...serving.map(stop));
    serving = next;
  }
  await Promise.all(stopping);
  return serving;
}
