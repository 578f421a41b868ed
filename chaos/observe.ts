/** Takes the snapshot that the invariants judge: what the API says beside what the engine runs. */
import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  type ECSClient,
  paginateListContainerInstances,
  paginateListTasks,
  type Task,
} from "@aws-sdk/client-ecs";
import { containersOfAccount, inspect, TASK_LABEL } from "../e2e/support/engine.ts";
import type { AcceptedLaunch, SeenContainer, SeenInstance, SeenTask, Snapshot } from "./invariants.ts";

const DESCRIBED_MAX = 100;

export interface Observed extends Snapshot {
  readonly described: readonly Task[];
}

/** `startedBy` separates this step's tasks from earlier ones. */
export async function observe(
  ecs: ECSClient,
  options: {
    readonly accountId: string;
    readonly launches: readonly AcceptedLaunch[];
    readonly ignored: ReadonlySet<string>;
  },
): Promise<Observed> {
  const described = (await allTasks(ecs)).filter(({ taskArn }) => !options.ignored.has(taskArn ?? ""));
  const containers = (await seenContainers(options.accountId)).filter(
    ({ taskArn }) => !options.ignored.has(taskArn),
  );
  return {
    launches: options.launches,
    tasks: described.map(seenTask),
    containers,
    instances: await seenInstances(ecs, described),
    described,
  };
}

export async function allTasks(ecs: ECSClient): Promise<readonly Task[]> {
  const arns = new Set<string>();
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    for await (const page of paginateListTasks({ client: ecs }, { desiredStatus })) {
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

async function seenContainers(accountId: string): Promise<readonly SeenContainer[]> {
  const listed = await containersOfAccount(accountId);
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

async function seenInstances(ecs: ECSClient, tasks: readonly Task[]): Promise<readonly SeenInstance[]> {
  const arns: string[] = [];
  for await (const page of paginateListContainerInstances({ client: ecs }, {})) {
    arns.push(...(page.containerInstanceArns ?? []));
  }
  if (arns.length === 0) return [];
  const { containerInstances = [] } = await ecs.send(
    new DescribeContainerInstancesCommand({ containerInstances: arns }),
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
