/**
 * From RunTask to RUNNING, beside `docker run` on the same engine in the same run; run with `node bench/launch.ts`.
 *
 * Both start the same busybox with the same limits, in turns: one at a time, then fifty at once (five RunTask of ten;
 * fifty `docker run`, eight at a time). A task counts as running when DescribeTasks says so, asked every 20 ms for one
 * and every 250 ms for fifty. `--data=FOLDER` measures a running Roadstead (with `--processes=split`),
 * otherwise a private one is brought up and removed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ensureImage } from "../e2e/support/image.ts";
import { printBusyness } from "./support/cpu-time.ts";
import { createEcsClient } from "./support/ecs-client.ts";
import { cpuUsedBy } from "./support/launch-cpu.ts";
import { type Launch, reportCpu, reportIdle, reportLaunches } from "./support/launch-report.ts";
import type { NetworkMode, Side } from "./support/launch-side.ts";
import { launchedTasks } from "./support/launched-tasks.ts";
import { benchedStack } from "./support/own-stack.ts";
import { rawDocker } from "./support/raw-docker.ts";

const NETWORKS: readonly NetworkMode[] = ["host", "bridge"];
const ONE_REPETITIONS = 20;
const MANY = 50;
const MANY_REPETITIONS = 3;
const IDLE_MS = 4_000;
/** Reports and reaped children of a launch trickle in after the last container runs. */
const SETTLE_MS = 500;

await printBusyness();
await ensureImage();
const stack = await benchedStack(process.argv);
const client = createEcsClient(stack.endpoint);
const sides: Side[] = [];
try {
  sides.push(rawDocker, await launchedTasks(client));
  const idle = await cpuUsedBy(stack.pids, () => sleep(IDLE_MS));
  await warmUp();
  const ones = await repeat(ONE_REPETITIONS, 1);
  const manies = await repeat(MANY_REPETITIONS, MANY);
  reportLaunches("One at a time", ones);
  reportLaunches(`${MANY} at once`, manies);
  reportCpu(manies, MANY);
  reportIdle(idle.used, IDLE_MS);
} finally {
  for (const side of sides) await side.clean();
  client.close();
  await stack.close();
}

async function warmUp(): Promise<void> {
  for (const side of sides) {
    for (const network of NETWORKS) await side.launch(network, 2);
    await side.clean();
  }
}

async function repeat(repetitions: number, count: number): Promise<readonly Launch[]> {
  const launches: Launch[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const network of NETWORKS) {
      for (const side of sides) launches.push(await launchOnce(side, network, count));
    }
  }
  return launches;
}

async function launchOnce(side: Side, network: NetworkMode, count: number): Promise<Launch> {
  const { value: batch, used: cpu } = await cpuUsedBy(stack.pids, async () => {
    const launched = await side.launch(network, count);
    await sleep(SETTLE_MS);
    return launched;
  });
  await side.clean();
  return { side: side.name, network, count, batch, cpu };
}
