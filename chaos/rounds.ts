/** Plays rounds on stacks of its own, where a broken one is shown and replaced, and tells what came of them; kill-each-process.ts and soak.ts choose the rounds. */
import { ensureImage } from "../e2e/support/image.ts";
import { assertNoLeaks } from "../e2e/support/leaks.ts";
import { seededRandom } from "../e2e/support/seeded-random.ts";
import { destroyStack, type Stack, stackLogs, startStack } from "../e2e/support/stack.ts";
import { type Fault, faultName } from "./faults.ts";
import { containersOn, instanceArns } from "./observe.ts";
import { runStep, type StepResult, type Workload } from "./run-step.ts";
import { connectTo, type StackClient } from "./stack-client.ts";

export interface Round {
  /** Decides everything about it that is not said here. */
  readonly seed: number;
  readonly workload: Workload;
  readonly fault: Fault;
  readonly flush: boolean;
  readonly size: number;
}

interface Played extends StepResult {
  readonly seed: number;
}

/** Room for every workload; and a task without a health check counts as healthy at once, since none of them waits. */
const SETTINGS = {
  ROADSTEAD_AGENT_CPU: "4096",
  ROADSTEAD_AGENT_MEMORY_MIB: "8192",
  ROADSTEAD_FARGATE_CPU: "4096",
  ROADSTEAD_HEALTHY_AFTER_MS: "0",
};

/** Plays them, shows each as it is over and then all of them; false when a promise was broken. */
export async function playRounds(
  rounds: readonly Round[],
  lastStartAt = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const began = performance.now();
  const all: Played[] = [];
  const tell = (played: Played) => {
    all.push(played);
    process.stdout.write(`${renderRound(played)}\n`);
  };
  try {
    await ensureImage();
    while (all.length < rounds.length && performance.now() < lastStartAt) {
      const stack = await startStack({ env: SETTINGS });
      await playUntilUnclean(stack, rounds.slice(all.length), { tell, lastStartAt });
    }
  } finally {
    const minutes = ((performance.now() - began) / 60_000).toFixed(1);
    process.stdout.write(`\n${renderSummary(all)}\n${all.length} rounds in ${minutes} minutes.\n`);
  }
  return all.every(({ broken }) => broken.length === 0);
}

/** A stack on which a promise was broken is shown, and played on no more. */
async function playUntilUnclean(
  stack: Stack,
  rounds: readonly Round[],
  { tell, lastStartAt }: { readonly tell: (played: Played) => void; readonly lastStartAt: number },
): Promise<void> {
  let client: StackClient | null = null;
  let instances: readonly string[] = [];
  try {
    client = await connectTo(stack);
    instances = await instanceArns(client.ecs);
    for (const round of rounds) {
      const played = await playRound(client, round);
      tell(played);
      if (played.unclean) process.stdout.write(`${await stackLogs(stack)}\n`);
      if (played.unclean || performance.now() > lastStartAt) break;
    }
  } finally {
    await destroyStack(stack);
  }
  await assertNoLeaks(stack.dataDir);
  const left = await containersOn(client.accountId, instances);
  if (left.length > 0) throw new Error(`${left.length} containers were left behind`);
}

async function playRound(client: StackClient, round: Round): Promise<Played> {
  const { seed, workload, fault, flush, size } = round;
  const step = {
    client,
    // A workload may come again with the same seed.
    name: `${workload.name}-${seed}-${(stepsPlayed++).toString()}`,
    size,
    random: seededRandom(seed),
    endsContainers: fault.kind === "engine",
  };
  const result = await runStep(step, { workload, fault, flush }).catch((error: unknown) => ({
    workload: workload.name,
    fault: faultName(fault),
    did: "did not begin",
    awayMs: 0,
    settledMs: 0,
    broken: [{ invariant: "I4", about: step.name, what: String(error) } as const],
    unclean: true,
  }));
  return { seed, ...result };
}

let stepsPlayed = 0;

const NAME_WIDTH = 60;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** One line for each round, as it is over, and one for each promise that it broke. */
function renderRound({ seed, workload, fault, did, awayMs, settledMs, broken }: Played): string {
  const line =
    `seed ${seed}  ${workload.padEnd(6)}  ${fault.padEnd(34)}  away ${seconds(awayMs).padStart(6)}  ` +
    `settled ${seconds(settledMs).padStart(6)}  ${broken.length === 0 ? "kept" : "BROKEN"}  ${did}`;
  return [line, ...broken.map(({ invariant, about, what }) => `    ${invariant} ${about} ${what}`)].join(
    "\n",
  );
}

/** Per workload and fault: how long it took to settle; then what was broken. */
function renderSummary(all: readonly Played[]): string {
  const groups = Map.groupBy(all, ({ workload, fault }) => `${workload.padEnd(6)}  ${fault}`);
  const rows = [...groups].sort().map(([name, own]) => {
    const settled = own.map(({ settledMs }) => settledMs).sort((a, b) => a - b);
    const median = settled[Math.floor((settled.length - 1) / 2)] ?? 0;
    const away = Math.max(...own.map(({ awayMs }) => awayMs));
    const figures = [`${own.length}`, seconds(away), seconds(median), seconds(settled.at(-1) ?? 0)];
    return `${name.padEnd(NAME_WIDTH)}${figures.map((figure) => figure.padStart(10)).join("")}`;
  });
  const head = `${"workload, fault".padEnd(NAME_WIDTH)}${["rounds", "away max", "settled", "max"].map((text) => text.padStart(10)).join("")}`;
  const broken = all.flatMap(({ seed, workload, fault, broken: own }) =>
    own.map(
      ({ invariant, about, what }) => `seed ${seed}, ${workload}, ${fault}: ${invariant} ${about} ${what}`,
    ),
  );
  const verdict = broken.length === 0 ? "Every promise was kept." : `${broken.length} promises were broken.`;
  return [head, ...rows, ...broken, verdict].join("\n");
}
