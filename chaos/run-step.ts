/** One step: a workload begins, a fault strikes in its middle, and what was promised is compared with what is. */
import { setTimeout as delay } from "node:timers/promises";
import { type Fault, faultName, flushRedis, prepareFault, type Victim, type WhileAway } from "./faults.ts";
import type { Violation } from "./invariants.ts";
import type { StackClient } from "./stack-client.ts";

/** How long after the recovery everything must be as promised. */
const BOUND_MS = 15_000;
const LOOK_EVERY_MS = 250;

/** What a workload is told of the step that it runs in. */
export interface StepContext {
  readonly client: StackClient;
  /** Its own among all steps of this stack; lower case letters, digits and hyphens. */
  readonly name: string;
  /** How many tasks, or blobs, it is to work with. */
  readonly size: number;
  readonly random: () => number;
  /** Containers that the fault itself ends. */
  readonly endsContainers: boolean;
}

/** A workload that has begun: the system is where a fault may strike. */
export interface StepWork {
  /** The fault strikes within this time of the beginning of `act`. */
  readonly spreadMs: number;
  /** Sends requests and comes back when all were answered. */
  act(): Promise<void>;
  readonly whileAway: WhileAway;
  /** What is not as promised now; an empty answer means that all is. */
  look(): Promise<readonly Violation[]>;
  /** What was not as promised at some time, once `look` had its chance. */
  judgePast(): Promise<readonly Violation[]>;
  /** What it did, in a few words. */
  describe(): string;
  /** Takes away what it made. */
  end(): Promise<void>;
}

export interface Workload {
  readonly name: string;
  /** Processes whose loss it can notice. */
  readonly needs: readonly Victim[];
  /** Of the engine's. */
  readonly needsNetworks?: boolean;
  begin(step: StepContext): Promise<StepWork>;
}

export interface StepResult {
  readonly workload: string;
  readonly fault: string;
  readonly did: string;
  /** From the fault until what it hurt answered again. */
  readonly awayMs: number;
  /** From then until everything was as promised. */
  readonly settledMs: number;
  readonly broken: readonly Violation[];
  /** What was left behind may disturb the next step. */
  readonly unclean: boolean;
}

export async function runStep(
  step: StepContext,
  { workload, fault, flush }: { readonly workload: Workload; readonly fault: Fault; readonly flush: boolean },
): Promise<StepResult> {
  const work = await workload.begin(step);
  const outcome = await strikeInto(step, work, { fault, flush }).catch((error: unknown) => ({
    awayMs: 0,
    settledMs: 0,
    broken: [failure(step.name, error)],
  }));
  const cleaning = await work.end().then(
    () => [],
    (error: unknown) => [failure(step.name, error)],
  );
  return {
    workload: workload.name,
    fault: faultName(fault) + (flush ? ", FLUSHALL" : ""),
    did: work.describe(),
    ...outcome,
    broken: [...outcome.broken, ...cleaning],
    unclean: outcome.broken.length + cleaning.length > 0,
  };
}

const failure = (about: string, error: unknown): Violation => ({
  invariant: "I4",
  about,
  what: error instanceof Error ? error.message : String(error),
});

async function strikeInto(
  { client, name, random }: StepContext,
  work: StepWork,
  { fault, flush }: { readonly fault: Fault; readonly flush: boolean },
): Promise<Pick<StepResult, "awayMs" | "settledMs" | "broken">> {
  const { dataDir } = client.stack;
  const [faultAt, flushAt] = [random() * work.spreadMs, random() * work.spreadMs];
  const strike = prepareFault(dataDir, fault, work.whileAway);
  const striking = delay(faultAt).then(async () => {
    const struckAt = performance.now();
    await strike();
    return { struckAt, backAt: performance.now() };
  });
  const flushing = flush ? delay(flushAt).then(() => flushRedis(dataDir)) : undefined;
  const [{ struckAt, backAt }] = await all([striking, work.act(), flushing] as const);
  const broken = await untilAsPromised(name, work, backAt);
  const settledMs = performance.now() - backAt;
  return { awayMs: backAt - struckAt, settledMs, broken: [...broken, ...(await work.judgePast())] };
}

/** Like Promise.all, but an error comes only when nothing is under way any more: a later step must find all at rest. */
async function all<Results extends readonly unknown[]>(
  promises: Results,
): Promise<{ -readonly [Key in keyof Results]: Awaited<Results[Key]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

async function untilAsPromised(name: string, work: StepWork, backAt: number): Promise<readonly Violation[]> {
  for (;;) {
    const broken = await work.look().catch((error: unknown) => [failure(name, error)]);
    if (broken.length === 0 || performance.now() - backAt > BOUND_MS) return broken;
    await delay(LOOK_EVERY_MS);
  }
}
