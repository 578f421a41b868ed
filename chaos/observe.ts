/** Takes the snapshots that invariants judge: what the API says beside what the engine runs. Every workload looks through this. */
import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  type ECSClient,
  paginateListContainerInstances,
  paginateListTasks,
  type Task,
} from "@aws-sdk/client-ecs";
import { containersOfAccount, type EngineContainer, inspect, TASK_LABEL } from "../e2e/support/engine.ts";
import type { SeenContainer, SeenInstance, SeenTask } from "./invariants.ts";

const DESCRIBED_MAX = 100;
const INSTANCE_LABEL = "com.roadstead.container-instance";

export interface Observed {
  readonly described: readonly Task[];
  readonly containers: readonly SeenContainer[];
  readonly instances: readonly SeenInstance[];
}

/** A family's tasks and whatever else is new on the instances; `ignored` containers were there before the step. */
export async function observe(
  ecs: ECSClient,
  options: { readonly accountId: string; readonly family: string; readonly ignored: ReadonlySet<string> },
): Promise<Observed> {
  const described = await tasksOfFamily(ecs, options.family);
  const arns = await instanceArns(ecs);
  const containers = (await seenContainers(options.accountId, arns)).filter(
    ({ id }) => !options.ignored.has(id),
  );
  return { described, containers, instances: await seenInstances(ecs, arns, described) };
}

export async function tasksOfFamily(ecs: ECSClient, family: string): Promise<readonly Task[]> {
  const arns = new Set<string>();
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    for await (const page of paginateListTasks({ client: ecs }, { family, desiredStatus })) {
      for (const arn of page.taskArns ?? []) arns.add(arn);
    }
  }
  const all = [...arns];
  const described: Task[] = [];
  for (let at = 0; at < all.length; at += DESCRIBED_MAX) {
    const { tasks = [] } = await ecs.send(
      new DescribeTasksCommand({ tasks: all.slice(at, at + DESCRIBED_MAX) }),
    );
    described.push(...tasks);
  }
  return described;
}

export const seenTask = (task: Task): SeenTask => ({
  taskArn: task.taskArn ?? "",
  lastStatus: task.lastStatus ?? "",
  stopCode: task.stopCode ?? null,
  stoppedReason: task.stoppedReason ?? null,
  exitCodes: (task.containers ?? []).map(({ exitCode }) => exitCode ?? null),
  version: task.version ?? 0,
});

/** Ids of the containers that are on the stack's instances now. */
export async function containersNow(ecs: ECSClient, accountId: string): Promise<ReadonlySet<string>> {
  const arns = await instanceArns(ecs);
  return new Set((await containersOn(accountId, arns)).map(({ Id }) => Id));
}

/** Other stacks may use the engine, and name their first account the same. */
export async function containersOn(accountId: string, arns: readonly string[]) {
  const all = await containersOfAccount(accountId);
  return all.filter(({ Labels }) => arns.includes(Labels[INSTANCE_LABEL] ?? ""));
}

async function seenContainers(accountId: string, arns: readonly string[]): Promise<readonly SeenContainer[]> {
  return asSeen(await containersOn(accountId, arns));
}

export function asSeen(listed: readonly EngineContainer[]): Promise<readonly SeenContainer[]> {
  return Promise.all(
    listed.map(async ({ Id, Labels, State }) => {
      const running = State === "running";
      const exitCode = running
        ? null
        : await inspect(Id).then(
            ({ State: state }) => state.ExitCode,
            () => null,
          );
      return { id: Id, taskArn: Labels[TASK_LABEL] ?? "", running, exitCode };
    }),
  );
}

export async function instanceArns(ecs: ECSClient): Promise<readonly string[]> {
  const arns: string[] = [];
  for await (const page of paginateListContainerInstances({ client: ecs }, {})) {
    arns.push(...(page.containerInstanceArns ?? []));
  }
  return arns;
}

async function seenInstances(
  ecs: ECSClient,
  arns: readonly string[],
  tasks: readonly Task[],
): Promise<readonly SeenInstance[]> {
  if (arns.length === 0) return [];
  const { containerInstances = [] } = await ecs.send(
    new DescribeContainerInstancesCommand({ containerInstances: [...arns] }),
  );
  return containerInstances.map((instance) => {
    const cpu = (resources: typeof instance.registeredResources) =>
      resources?.find(({ name }) => name === "CPU")?.integerValue ?? 0;
    const own = tasks.filter(
      (task) => task.containerInstanceArn === instance.containerInstanceArn && task.lastStatus !== "STOPPED",
    );
    const held = own.flatMap((task) => task.containers ?? []).reduce((sum, c) => sum + Number(c.cpu ?? 0), 0);
    return {
      arn: instance.containerInstanceArn ?? "",
      registeredCpu: cpu(instance.registeredResources),
      remainingCpu: cpu(instance.remainingResources),
      cpuOfItsTasks: held,
    };
  });
}
