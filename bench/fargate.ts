/**
 * From RunTask of a Fargate task to RUNNING, beside `docker run` of a container of the same size with a network namespace of
 * its own in a network of its own, on the same engine in the same run; run with `node bench/fargate.ts`.
 *
 * In turns, one at a time, on a warm fleet: its host is up, and another task of the VPC runs, as the network of the raw side
 * is there. A task counts as running when DescribeTasks says so, asked every 20 ms. `--data=FOLDER` measures a running
 * Roadstead (with `--processes=split`), otherwise a private one is brought up and removed.
 */
import { ensureImage } from "../e2e/support/image.ts";
import { printBusyness } from "./support/cpu-time.ts";
import { createEcsClient } from "./support/ecs-client.ts";
import { fargateTasks } from "./support/fargate-tasks.ts";
import type { Batch } from "./support/launch-side.ts";
import { median, percentile, printTable, spread } from "./support/numbers.ts";
import { benchedStack } from "./support/own-stack.ts";
import { rawNetworked } from "./support/raw-networked.ts";

const REPETITIONS = 20;
const WARM_UPS = 3;

await printBusyness();
await ensureImage();
const stack = await benchedStack(process.argv);
const client = createEcsClient(stack.endpoint);
const closing = [stack.close];
try {
  const raw = await rawNetworked();
  closing.unshift(raw.close);
  const ours = await fargateTasks(client, stack.endpoint);
  closing.unshift(ours.close);
  const rawMs: number[] = [];
  const batches: Batch[] = [];
  for (let repetition = -WARM_UPS; repetition < REPETITIONS; repetition++) {
    const tookMs = await raw.launch();
    await raw.clean();
    const batch = await ours.launch();
    await ours.clean();
    if (repetition < 0) continue;
    rawMs.push(tookMs);
    batches.push(batch);
  }
  report(rawMs, batches);
} finally {
  for (const close of closing) await close();
  client.close();
}

function report(rawMs: readonly number[], batches: readonly Batch[]): void {
  const runningMs = batches.flatMap((batch) => batch.runningMs);
  const row = (side: string, ms: readonly number[], more: readonly string[]) => [
    side,
    spread(ms),
    percentile(ms, 0.9).toFixed(0),
    ...more,
  ];
  console.log(`Milliseconds from the request to running, median (range) of ${REPETITIONS}`);
  printTable(
    ["side", "running", "p90", "by startedAt", "RunTask answered"],
    [
      row("docker run", rawMs, ["-", "-"]),
      row("RunTask, Fargate", runningMs, [
        spread(batches.flatMap(({ startedMs = [] }) => startedMs)),
        spread(batches.flatMap(({ answeredMs = [] }) => answeredMs)),
      ]),
    ],
  );
  console.log(`RunTask takes ${(median(runningMs) / median(rawMs)).toFixed(2)}× of docker run`);
}
