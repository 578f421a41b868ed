/**
 * Plays many rounds, each a fault in the middle of a workload, both chosen by the round's seed; `pnpm soak` runs it.
 *
 *     node chaos/soak.ts [--rounds 100] [--seed S] [--size 6] [--workloads tasks,update,push,balance] [--minutes M] [--own-docker]
 *
 * Round n has the seed S + n, so that `--rounds 1 --seed` with the seed of its line plays it again. Begins no round after
 * so many minutes; ends with 1 when a promise was broken. ROADSTEAD_E2E_STORE=minio keeps images in MinIO, which is hurt
 * like the others.
 */
import { parseArgs } from "node:util";
import { seededRandom } from "../e2e/support/seeded-random.ts";
import { listOf, wholeNumber } from "./arguments.ts";
import { happens, oneOf, type Random } from "./dice.ts";
import { type Fault, ON_MINIO, parseFault, STACK } from "./faults.ts";
import { type OwnEngine, startOwnEngine } from "./own-engine.ts";
import { playRounds, type Round } from "./rounds.ts";
import type { Workload } from "./run-step.ts";
import { workloadNamed, workloadNames } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
    size: { type: "string", default: "6" },
    workloads: { type: "string" },
    minutes: { type: "string", default: "240" },
    "own-docker": { type: "boolean", default: false },
  },
});

const seed = wholeNumber("seed", values.seed);
const size = wholeNumber("size", values.size);
const workloads = listOf(values.workloads ?? workloadNames(values["own-docker"])).map(workloadNamed);

/** Two or more at once, some of which need each other; then what lasts. */
const TOGETHER = [
  "api+deployer",
  "scheduler+deployer",
  "agent+agent-gateway",
  "api+agent",
  "api+registry",
  "registry+postgres",
  "postgres+redis",
  "api+agent-gateway+scheduler+deployer+registry+agent",
  "api+agent-gateway+scheduler+deployer+registry+agent+postgres+redis",
  ...(ON_MINIO ? ["minio+registry", "minio+postgres"] : []),
].map((victims) => parseFault(`kill:${victims}`));
const ABSENCES = [
  "stop:postgres",
  "stop:redis:20",
  "freeze:redis:20",
  "stop:api+postgres:8",
  "stop:deployer:5",
  "stop:agent:5",
  "stop:registry:3",
  "freeze:agent-gateway:5",
  "stop:api+agent-gateway+scheduler+deployer+postgres+redis:10",
  "stop:api+agent-gateway+postgres:40",
  ...(ON_MINIO ? ["stop:minio:5", "freeze:minio:5"] : []),
].map(parseFault);
const ALONE = STACK.map((victim) => parseFault(`kill:${victim}`));
const FLUSH = 0.5;
/** How often each kind of fault is chosen, and how often an update, of which there are most kinds. */
const SHARES = { alone: 0.45, together: 0.25, update: 0.5 };

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  const engine = values["own-docker"] ? await startOwnEngine() : null;
  const rounds = Array.from({ length: wholeNumber("rounds", values.rounds) }, (_, n) =>
    chooseRound(seed + n, engine),
  );
  try {
    return await playRounds(rounds, performance.now() + wholeNumber("minutes", values.minutes) * 60_000);
  } finally {
    await engine?.stop();
  }
}

function chooseRound(roundSeed: number, engine: OwnEngine | null): Round {
  const random = seededRandom(roundSeed);
  const update = workloads.find(({ name }) => name === "update");
  const workload = happens(random, SHARES.update) && update ? update : oneOf(random, workloads);
  const fault = chooseFault(random, workload, engine);
  return { seed: roundSeed, workload, fault, flush: happens(random, FLUSH), size };
}

function chooseFault(random: Random, { needs }: Workload, engine: OwnEngine | null): Fault {
  const felt = (faults: readonly Fault[]) =>
    oneOf(
      random,
      faults.filter(
        (fault) => fault.kind === "engine" || fault.victims.some((victim) => needs.includes(victim)),
      ),
    );
  const kind = random();
  if (kind < SHARES.alone) return felt(ALONE);
  if (kind < SHARES.alone + SHARES.together) return felt(TOGETHER);
  const restart: readonly Fault[] = engine ? [{ kind: "engine", restart: () => engine.restart() }] : [];
  return felt([...ABSENCES, ...restart]);
}
