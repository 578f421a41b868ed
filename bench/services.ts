/**
 * A service's life beside Docker Swarm on the same engine in the same run; run with `node bench/services.ts`.
 *
 * Both sides make the same service of busybox containers in turns: 0 → 20, 20 → 50, back to 20, three rolling updates of
 * 20, removal. Done is what the engine says: as many containers of the new version as wanted run, and no other. Tasks
 * count as healthy once they run (`ROADSTEAD_HEALTHY_AFTER_MS=0`), as Swarm's do. `--data=FOLDER` measures a running
 * Roadstead that was started so, otherwise a private one is brought up and removed.
 */
import { ensureImage } from "../e2e/support/image.ts";
import { machineCpuMs, printBusyness } from "./support/cpu-time.ts";
import { createEcsClient } from "./support/ecs-client.ts";
import { ecsServiceSide } from "./support/ecs-service.ts";
import { median, printTable, spread } from "./support/numbers.ts";
import { benchedStack } from "./support/own-stack.ts";
import { type Rollout, type ServiceSide, untilRunning } from "./support/service-side.ts";
import { swarmSide } from "./support/swarm.ts";

const REPETITIONS = 3;
const REPLICAS = 20;
const MORE = 50;
const ROLLOUTS: readonly Rollout[] = [
  { name: "one at a time, stop first", parallelism: 1, order: "stop-first" },
  { name: "five at a time, stop first", parallelism: 5, order: "stop-first" },
  { name: "five at a time, start first", parallelism: 5, order: "start-first" },
];

interface Measured {
  readonly side: string;
  readonly step: string;
  readonly wallMs: number;
  readonly machineCpuMs: number;
}

await printBusyness();
await ensureImage();
const stack = await benchedStack(process.argv, { ROADSTEAD_HEALTHY_AFTER_MS: "0" });
const client = createEcsClient(stack.endpoint);
const measured: Measured[] = [];
const sides: ServiceSide[] = [];
try {
  sides.push(await ecsServiceSide(client, REPLICAS), await swarmSide());
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    for (const side of sides) await life(side);
  }
  report();
} finally {
  for (const side of sides) await side.close();
  client.close();
  await stack.close();
}

async function life(side: ServiceSide): Promise<void> {
  const timed = (step: string, act: () => Promise<void>, version: number, count: number) =>
    measure(side.name, step, async () => {
      await act();
      await untilRunning(side.name, version, count);
    });
  await timed(`0 → ${REPLICAS}`, () => side.create(REPLICAS), 1, REPLICAS);
  await timed(`${REPLICAS} → ${MORE}`, () => side.scale(MORE), 1, MORE);
  await timed(`${MORE} → ${REPLICAS}`, () => side.scale(REPLICAS), 1, REPLICAS);
  for (const [n, rollout] of ROLLOUTS.entries()) {
    const version = n + 2;
    await timed(`update, ${rollout.name}`, () => side.update(version, rollout), version, REPLICAS);
  }
  await timed("delete", () => side.remove(), 1, 0);
}

async function measure(side: string, step: string, work: () => Promise<void>): Promise<void> {
  const machineBefore = machineCpuMs();
  const began = performance.now();
  await work();
  const wallMs = performance.now() - began;
  measured.push({ side, step, wallMs, machineCpuMs: machineCpuMs() - machineBefore });
}

function report(): void {
  console.log(`Seconds until the engine has it so, median (range) of ${REPETITIONS}:`);
  const steps = [...new Set(measured.map(({ step }) => step))];
  const [ours, theirs] = sides.map(({ name }) => name);
  const of = (side: string | undefined, step: string, pick: (m: Measured) => number) =>
    measured.filter((m) => m.side === side && m.step === step).map((m) => pick(m) / 1_000);
  printTable(
    ["step", `${ours}`, `${theirs}`, "ratio", `machine CPU s, ${ours}`, `machine CPU s, ${theirs}`],
    steps.map((step) => {
      const own = of(ours, step, (m) => m.wallMs);
      const other = of(theirs, step, (m) => m.wallMs);
      return [
        step,
        spread(own, 2),
        spread(other, 2),
        `${(median(own) / median(other)).toFixed(2)}×`,
        spread(
          of(ours, step, (m) => m.machineCpuMs),
          1,
        ),
        spread(
          of(theirs, step, (m) => m.machineCpuMs),
          1,
        ),
      ];
    }),
  );
}
