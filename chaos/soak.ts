/**
 * Plays many rounds, each a fault in the middle of a workload, both chosen by the round's seed; `pnpm soak` runs it.
 *
 *     node chaos/soak.ts [--rounds 100] [--seed S] [--size 6] [--workloads tasks,update,push] [--minutes M] [--own-docker]
 *
 * Round n has the seed S + n, so that `--rounds 1 --seed` with the seed of its line plays it again. Begins no round after
 * so many minutes; ends with 1 when a promise was broken.
 */
import { parseArgs } from "node:util";
import { seededRandom } from "../e2e/support/seeded-random.ts";
import { listOf, wholeNumber } from "./arguments.ts";
import { happens, oneOf, type Random } from "./dice.ts";
import { type Fault, parseFault, VICTIMS } from "./faults.ts";
import { type OwnEngine, startOwnEngine } from "./own-engine.ts";
import { playRounds, type Round, renderRound, renderSummary } from "./rounds.ts";
import { WORKLOADS, workloadNamed } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
    size: { type: "string", default: "6" },
    workloads: { type: "string", default: WORKLOADS.map(({ name }) => name).join(",") },
    minutes: { type: "string", default: "240" },
    "own-docker": { type: "boolean", default: false },
  },
});

const seed = wholeNumber("seed", values.seed);
const size = wholeNumber("size", values.size);
const workloads = listOf(values.workloads).map(workloadNamed);

/** Two at once, each pair of which one needs the other; then what lasts. */
const PAIRS = ["api+deployer", "scheduler+deployer", "agent+agent-gateway", "api+agent", "postgres+redis"];
const ABSENCES = [
  "stop:postgres",
  "stop:redis:20",
  "freeze:redis:20",
  "stop:api+postgres:8",
  "stop:deployer:5",
  "freeze:agent-gateway:5",
];
const FLUSH = 0.5;
/** Of every kind of fault in each ten: kills of one are most, since there are most of them. */
const ONE_OF_TEN = { kill: 5, pair: 2 };

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  const engine = values["own-docker"] ? await startOwnEngine() : null;
  const rounds = Array.from({ length: wholeNumber("rounds", values.rounds) }, (_, n) =>
    chooseRound(seed + n, engine),
  );
  try {
    const began = performance.now();
    const played = await playRounds(
      rounds,
      (round) => void process.stdout.write(`${renderRound(round)}\n`),
      began + wholeNumber("minutes", values.minutes) * 60_000,
    );
    const minutes = ((performance.now() - began) / 60_000).toFixed(1);
    process.stdout.write(`\n${renderSummary(played)}\n${played.length} rounds in ${minutes} minutes.\n`);
    return played.every(({ broken }) => broken.length === 0);
  } finally {
    await engine?.stop();
  }
}

function chooseRound(roundSeed: number, engine: OwnEngine | null): Round {
  const random = seededRandom(roundSeed);
  const workload = oneOf(random, workloads);
  const fault = chooseFault(random, engine);
  return { seed: roundSeed, workload, fault, flush: happens(random, FLUSH), size };
}

function chooseFault(random: Random, engine: OwnEngine | null): Fault {
  const kind = Math.floor(random() * 10);
  if (kind < ONE_OF_TEN.kill) return parseFault(`kill:${oneOf(random, VICTIMS)}`);
  if (kind < ONE_OF_TEN.kill + ONE_OF_TEN.pair) return parseFault(`kill:${oneOf(random, PAIRS)}`);
  const restarts = engine ? ["engine"] : [];
  const absence = oneOf(random, [...ABSENCES, ...restarts]);
  if (absence === "engine" && engine) return { kind: "engine", restart: () => engine.restart() };
  return parseFault(absence);
}
