/**
 * Kills one process after the other while tasks are being launched, empties Redis in the middle, and compares what was
 * promised with what runs.
 *
 *     node chaos/kill-each-process.ts [--rounds N] [--seed S] [--tasks 50] [--victims api,agent,…]
 *         [--own-docker]                  # on a Docker Engine of its own, which is restarted in a step of its own
 *         [--restart-docker 'command']    # restarts the machine's Docker Engine, by this command, in a step of its own
 *
 * Ends with 1 when a promise was broken; the same seed injects the same faults at the same moments.
 */
import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { containersOfAccount, TASK_LABEL } from "../e2e/support/engine.ts";
import { ensureImage } from "../e2e/support/image.ts";
import { assertNoLeaks } from "../e2e/support/leaks.ts";
import { seededRandom } from "../e2e/support/seeded-random.ts";
import { destroyStack, stackLogs, startStack } from "../e2e/support/stack.ts";
import { VICTIMS, type Victim } from "./faults.ts";
import { type OwnEngine, startOwnEngine } from "./own-engine.ts";
import { renderSteps, runStep, type StepResult } from "./run-step.ts";
import { connectTo, FIRST_ACCOUNT_ID } from "./stack-client.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    tasks: { type: "string", default: "50" },
    victims: { type: "string", default: VICTIMS.join(",") },
    "own-docker": { type: "boolean", default: false },
    "restart-docker": { type: "string" },
  },
});

const seed = wholeNumber("seed");
const tasks = wholeNumber("tasks");
const rounds = wholeNumber("rounds");
const victims = values.victims.split(",").map((name): Victim => {
  const known = VICTIMS.find((victim) => victim === name);
  if (!known) throw new Error(`--victims takes ${VICTIMS.join(",")}, not "${name}"`);
  return known;
});

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  process.stdout.write(
    `seed ${seed}: ${rounds} rounds of ${tasks} tasks for each of ${victims.join(", ")}\n`,
  );
  const engine = values["own-docker"] ? await startOwnEngine() : null;
  try {
    return await runRounds(restartOf(engine));
  } finally {
    await engine?.stop();
  }
}

/** How this run restarts the Docker Engine; null when it must not. */
function restartOf(engine: OwnEngine | null): (() => Promise<void>) | null {
  if (engine) return () => engine.restart();
  const command = values["restart-docker"];
  return command === undefined
    ? null
    : async () => void (await promisify(execFile)("/bin/sh", ["-c", command]));
}

async function runRounds(restartEngine: (() => Promise<void>) | null): Promise<boolean> {
  await ensureImage();
  const stack = await startStack({
    env: { ROADSTEAD_AGENT_CPU: "4096", ROADSTEAD_AGENT_MEMORY_MIB: "8192" },
  });
  const results: StepResult[] = [];
  try {
    const client = await connectTo(stack);
    const random = seededRandom(seed);
    for (let round = 1; round <= rounds; round++) {
      const faults = [
        ...victims.map((victim) => ({ kind: "kill", victim }) as const),
        ...(restartEngine ? [{ kind: "engine", restart: restartEngine } as const] : []),
      ];
      for (const fault of faults) {
        const result = await runStep(client, {
          name: `s${seed}-${round}-${results.length}`,
          fault,
          tasks,
          random,
        });
        results.push(result);
        process.stdout.write(`${renderSteps([result]).at(-1)}\n`);
        for (const [reason, count] of result.stopReasons) process.stdout.write(`    ${count} x ${reason}\n`);
      }
    }
    if (results.some(({ broken }) => broken.length > 0)) process.stdout.write(`${await stackLogs(stack)}\n`);
  } finally {
    await destroyStack(stack);
  }
  await assertNoLeaks(stack.dataDir);
  await assertNoContainers(new Set(results.flatMap(({ taskArns }) => taskArns)));
  return report(results);
}

async function assertNoContainers(taskArns: ReadonlySet<string>): Promise<void> {
  const left = (await containersOfAccount(FIRST_ACCOUNT_ID)).filter((c) =>
    taskArns.has(c.Labels[TASK_LABEL] ?? ""),
  );
  if (left.length > 0) throw new Error(`${left.length} containers were left behind`);
}

function report(results: readonly StepResult[]): boolean {
  process.stdout.write(`\n${renderSteps(results).join("\n")}\n`);
  for (const { fault, broken } of results) {
    for (const { invariant, about, what } of broken)
      process.stdout.write(`${fault}: ${invariant} ${about} ${what}\n`);
  }
  const broken = results.reduce((sum, result) => sum + result.broken.length, 0);
  process.stdout.write(
    broken === 0 ? "Every promise was kept.\n" : `${broken} promises were broken (seed ${seed}).\n`,
  );
  return broken === 0;
}

function wholeNumber(name: "rounds" | "seed" | "tasks"): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0`);
  return value;
}
