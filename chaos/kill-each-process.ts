/**
 * Kills one process after the other while work is under way, empties Redis in the middle, and compares what was promised
 * with what is.
 *
 *     node chaos/kill-each-process.ts [--rounds N] [--seed S] [--tasks 50] [--victims api,agent,…]
 *         [--workloads tasks,update,push,balance] [--faults kill:api+postgres,stop:redis:20,…]
 *         [--own-docker]                  # on a Docker Engine of its own, which is restarted in a step of its own
 *         [--restart-docker 'command']    # restarts the machine's Docker Engine, by this command, in a step of its own
 *
 * ROADSTEAD_E2E_STORE=minio keeps images in MinIO, which then is a victim like the others.
 * Ends with 1 when a promise was broken; the same seed injects the same faults at the same moments.
 */
import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { listOf, wholeNumber } from "./arguments.ts";
import { type Fault, parseFault, STACK } from "./faults.ts";
import { type OwnEngine, startOwnEngine } from "./own-engine.ts";
import { playRounds, type Round } from "./rounds.ts";
import { workloadNamed, workloadNames } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    tasks: { type: "string", default: "50" },
    victims: { type: "string" },
    faults: { type: "string", default: "" },
    workloads: { type: "string" },
    "own-docker": { type: "boolean", default: false },
    "restart-docker": { type: "string" },
  },
});

const seed = wholeNumber("seed", values.seed);
const size = wholeNumber("tasks", values.tasks);
const rounds = wholeNumber("rounds", values.rounds);
const workloads = listOf(values.workloads ?? workloadNames(values["own-docker"])).map(workloadNamed);
const named = listOf(values.faults).map(parseFault);

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  process.stdout.write(`seed ${seed}\n`);
  const engine = values["own-docker"] ? await startOwnEngine() : null;
  try {
    return await playRounds(chooseRounds([...kills(), ...named, ...restarts(engine)]));
  } finally {
    await engine?.stop();
  }
}

/** Each process, unless some were named: with faults by name alone, only those. */
function kills(): readonly Fault[] {
  if (values.victims !== undefined) return listOf(values.victims).map((name) => parseFault(`kill:${name}`));
  return named.length > 0 ? [] : STACK.map((victim) => ({ kind: "kill", victims: [victim] }));
}

/** How this run restarts the Docker Engine, if it may. */
function restarts(engine: OwnEngine | null): readonly Fault[] {
  if (engine) return [{ kind: "engine", restart: () => engine.restart() }];
  const command = values["restart-docker"];
  if (command === undefined) return [];
  const restart = async () => void (await promisify(execFile)("/bin/sh", ["-c", command]));
  return [{ kind: "engine", restart }];
}

function chooseRounds(faults: readonly Fault[]): readonly Round[] {
  const pairs = faults.flatMap((fault) => workloads.map((workload) => ({ fault, workload })));
  return Array.from({ length: rounds }, () => pairs)
    .flat()
    .map((pair, n) => ({ ...pair, seed: seed + n, size, flush: true }));
}
