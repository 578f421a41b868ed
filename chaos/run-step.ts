/** One step: launch, hurt, wait for the restart, compare, clean up. kill-each-process.ts runs many. */
import { setTimeout as delay } from "node:timers/promises";
import type { ECSClient, Task } from "@aws-sdk/client-ecs";
import { stopAllTasks } from "../e2e/support/tasks.ts";
import { flushRedis, killNow, pidOf, untilRestarted, type Victim } from "./faults.ts";
import { backwards, type SeenTask, type Violation, violations } from "./invariants.ts";
import { allTasks, observe, seenTask } from "./observe.ts";
import type { StackClient } from "./stack-client.ts";
import { askAgain, type LaunchRecord, launchAll } from "./workload.ts";

/** How long after the restart everything must be as promised. */
const BOUND_MS = 15_000;
const LOOK_EVERY_MS = 500;
/** The launches are sent over this time, and the faults fall into it. */
const LAUNCHING_MS = 800;
const SAMPLE_EVERY_MS = 250;

export type Fault =
  | { readonly kind: "kill"; readonly victim: Victim }
  | { readonly kind: "engine"; readonly restart: () => Promise<void> };

export interface StepResult {
  readonly fault: string;
  readonly tasks: number;
  readonly running: number;
  readonly stopped: number;
  readonly retries: number;
  /** Tasks that were not placed while no agent was connected; they were asked for anew. */
  readonly refused: number;
  readonly restartMs: number;
  /** From the restart, or from the last answer if that came later. */
  readonly settledMs: number;
  readonly broken: readonly Violation[];
  readonly taskArns: readonly string[];
  /** How often tasks gave which reason for having stopped, before they were told to. */
  readonly stopReasons: ReadonlyMap<string, number>;
}

export async function runStep(
  client: StackClient,
  step: {
    readonly name: string;
    readonly fault: Fault;
    readonly tasks: number;
    readonly random: () => number;
  },
): Promise<StepResult> {
  const { ecs, stack, taskDefinition, accountId } = client;
  const ignored = new Set((await allTasks(ecs)).map(({ taskArn }) => taskArn ?? ""));
  const workload = { taskDefinition, tasks: step.tasks, name: step.name, spreadMs: LAUNCHING_MS };
  const faultAt = step.random() * LAUNCHING_MS;
  const flushAt = step.random() * LAUNCHING_MS;
  const strike = await prepare(client, step.fault);
  const watch = watchForward(ecs, ignored);
  const launching = launchAll(ecs, workload);
  const flushing = delay(flushAt).then(() => flushRedis(stack));
  const striking = delay(faultAt).then(strike);
  const [first, restartMs] = await Promise.all([launching, striking, flushing]);
  const launches = await askAgain(ecs, workload, first);
  const began = performance.now();
  let seen = await observe(ecs, { accountId, launches, ignored });
  let broken = violations(seen);
  while (broken.length > 0 && performance.now() - began < BOUND_MS) {
    await delay(LOOK_EVERY_MS);
    seen = await observe(ecs, { accountId, launches, ignored });
    broken = violations(seen);
  }
  const settledMs = performance.now() - began;
  const wentBack = await watch.stop();
  const after = await askAgain(ecs, workload, launches);
  const twice = violations({ ...seen, launches: after }).filter(({ invariant }) => invariant === "I6");
  await stopAllTasks(ecs);
  return {
    fault: step.fault.kind === "kill" ? `kill -9 ${step.fault.victim}` : "engine restarted",
    tasks: new Set(after.flatMap(({ answers }) => answers.flat())).size,
    running: seen.tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").length,
    stopped: seen.tasks.filter(({ lastStatus }) => lastStatus === "STOPPED").length,
    retries: after.reduce((sum, { errors }: LaunchRecord) => sum + errors.length, 0),
    refused: after.reduce((sum, { refused }) => sum + refused, 0),
    restartMs,
    settledMs,
    broken: [...broken, ...wentBack, ...twice],
    taskArns: seen.tasks.map(({ taskArn }) => taskArn),
    stopReasons: countReasons(seen.described),
  };
}

/** What is to be done at the moment of the fault; answers how long the restart took. */
async function prepare({ stack }: StackClient, fault: Fault): Promise<() => Promise<number>> {
  if (fault.kind === "engine") {
    return async () => {
      const began = performance.now();
      await fault.restart();
      return performance.now() - began;
    };
  }
  const pid = await pidOf(stack, fault.victim);
  return async () => {
    const began = performance.now();
    killNow(pid);
    await untilRestarted(stack, fault.victim, pid);
    return performance.now() - began;
  };
}

/** Looks at the tasks again and again until stopped; answers every step backwards that it saw. */
function watchForward(ecs: ECSClient, ignored: ReadonlySet<string>) {
  let going = true;
  const found: Violation[] = [];
  const loop = async () => {
    let before: readonly SeenTask[] = [];
    while (going) {
      const now = await look(ecs, ignored).catch(() => before);
      found.push(...backwards(before, now));
      before = now;
      await delay(SAMPLE_EVERY_MS);
    }
  };
  const ended = loop();
  return {
    async stop(): Promise<readonly Violation[]> {
      going = false;
      await ended;
      return found;
    },
  };
}

async function look(ecs: ECSClient, ignored: ReadonlySet<string>): Promise<readonly SeenTask[]> {
  return (await allTasks(ecs)).filter(({ taskArn }) => !ignored.has(taskArn ?? "")).map(seenTask);
}

function countReasons(tasks: readonly Task[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { lastStatus, stopCode, stoppedReason, containers } of tasks) {
    if (lastStatus !== "STOPPED") continue;
    const [container] = containers ?? [];
    const text = `${stopCode}: ${stoppedReason} (exit code ${container?.exitCode ?? "none"}${container?.reason ? `, ${container.reason}` : ""})`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

export function renderSteps(results: readonly StepResult[]): readonly string[] {
  const row = (cells: readonly string[]) =>
    cells.map((cell, n) => (n === 0 ? cell.padEnd(24) : cell.padStart(10))).join("");
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  return [
    row([
      "fault (with FLUSHALL)",
      "tasks",
      "running",
      "stopped",
      "retries",
      "refused",
      "restart",
      "settled",
      "broken",
    ]),
    ...results.map((r) =>
      row([
        r.fault,
        ...[r.tasks, r.running, r.stopped, r.retries, r.refused].map(String),
        seconds(r.restartMs),
        seconds(r.settledMs),
        String(r.broken.length),
      ]),
    ),
  ];
}
