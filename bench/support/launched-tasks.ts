/** Starts containers as tasks: RunTask, then DescribeTasks until each is RUNNING. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { IMAGE } from "../../e2e/support/image.ts";
import type { EcsClient } from "./ecs-client.ts";
import { type Batch, CPU_UNITS, MEMORY_MIB, type NetworkMode, type Side } from "./launch-side.ts";

const run = promisify(execFile);
/** RunTask starts at most ten. */
const PER_REQUEST = 10;
const POLL_ONE_MS = 20;
/** Slower, lest watching many costs more than launching them. */
const POLL_MANY_MS = 250;
const DEADLINE_MS = 120_000;
const FAMILY_LABEL = "com.amazonaws.ecs.task-definition-family";

interface Task {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly stoppedReason?: string;
  /** Seconds, as ECS answers them. */
  readonly startedAt?: number;
}

export async function launchedTasks(client: EcsClient): Promise<Side> {
  const families = { host: `bench-${Date.now()}-host`, bridge: `bench-${Date.now()}-bridge` };
  for (const network of ["host", "bridge"] as const) {
    await client.call("RegisterTaskDefinition", definition(families[network], network));
  }
  let launched: readonly string[] = [];
  return {
    name: "RunTask",
    async launch(network, count) {
      const { arns, batch } = await launchAndWatch(client, { taskDefinition: families[network] }, count);
      launched = [...launched, ...arns];
      return batch;
    },
    async clean() {
      for (const family of Object.values(families)) await removeContainersOf(family);
      await untilStopped(client, launched);
      launched = [];
    },
  };
}

export async function launchAndWatch(client: EcsClient, request: object, count: number) {
  const sentAt = Date.now();
  const began = performance.now();
  const answeredMs: number[] = [];
  const requests = Array.from({ length: Math.ceil(count / PER_REQUEST) }, (_, n) =>
    Math.min(PER_REQUEST, count - n * PER_REQUEST),
  );
  const arns = await Promise.all(
    requests.map(async (wanted) => {
      const output = await client.call<{ tasks: readonly Task[]; failures: readonly object[] }>("RunTask", {
        ...request,
        count: wanted,
      });
      if (output.tasks.length < wanted) throw new Error(`not placed: ${JSON.stringify(output.failures)}`);
      for (const _ of output.tasks) answeredMs.push(performance.now() - began);
      return output.tasks.map(({ taskArn }) => taskArn);
    }),
  ).then((groups) => groups.flat());
  const runningMs: number[] = [];
  const startedMs: number[] = [];
  await watch(client, arns, count === 1 ? POLL_ONE_MS : POLL_MANY_MS, (task) => {
    if (task.lastStatus === "STOPPED") throw new Error(`${task.taskArn} stopped: ${task.stoppedReason}`);
    if (task.lastStatus !== "RUNNING") return false;
    runningMs.push(performance.now() - began);
    startedMs.push((task.startedAt ?? Number.NaN) * 1_000 - sentAt);
    return true;
  });
  return { arns, batch: { runningMs, startedMs, answeredMs } satisfies Batch };
}

const DESCRIBED_MAX = 100;

/** Describes the tasks again and again until `settled` was true of each. */
async function watch(
  client: EcsClient,
  arns: readonly string[],
  everyMs: number,
  settled: (task: Task) => boolean,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  let open = arns;
  while (open.length > 0) {
    if (performance.now() > deadline) throw new Error(`${open.length} tasks did not settle, e.g. ${open[0]}`);
    const askedAt = performance.now();
    const { tasks } = await client.call<{ tasks: readonly Task[] }>("DescribeTasks", {
      tasks: open.slice(0, DESCRIBED_MAX),
    });
    const done = new Set(tasks.filter(settled).map(({ taskArn }) => taskArn));
    open = open.filter((arn) => !done.has(arn));
    if (open.length > 0) await sleep(Math.max(0, everyMs - (performance.now() - askedAt)));
  }
}

export const untilStopped = (client: EcsClient, arns: readonly string[]): Promise<void> =>
  watch(client, arns, POLL_MANY_MS, ({ lastStatus }) => lastStatus === "STOPPED");

/** By hand, since `sleep` as the first process of a container does not hear SIGTERM and each stop would take its time-out. */
export async function removeContainersOf(family: string): Promise<void> {
  const filter = ["--filter", `label=${FAMILY_LABEL}=${family}`];
  const { stdout } = await run("docker", ["ps", "--all", "--quiet", "--no-trunc", ...filter]);
  const ids = stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await run("docker", ["rm", "--force", "--volumes", ...ids]);
}

const definition = (family: string, networkMode: NetworkMode) => ({
  family,
  networkMode,
  containerDefinitions: [
    {
      name: "main",
      image: IMAGE,
      command: ["sleep", "600"],
      cpu: CPU_UNITS,
      memory: MEMORY_MIB,
    },
  ],
});
