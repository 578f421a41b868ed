/** Registers, runs and watches tasks the way a user's program would. */
import { setTimeout as delay } from "node:timers/promises";
import {
  type ContainerDefinition,
  DescribeTasksCommand,
  type ECSClient,
  paginateListTasks,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { IMAGE } from "./image.ts";

const POLL_MS = 100;
/** Ends only what would never end: how quick tasks are is measured elsewhere, on a machine that does nothing else. */
const REACH_TIMEOUT_MS = 90_000;

/** One container that runs a shell script. */
export const container = (script: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: "main",
  image: IMAGE,
  essential: true,
  cpu: 16,
  memory: 16,
  stopTimeout: 2,
  command: ["sh", "-c", script],
  ...more,
});

/** Runs until it is told to stop, and then ends at once with code 0. */
export const UNTIL_STOPPED = "trap 'exit 0' TERM; sleep 3600 & wait";

export async function register(
  ecs: ECSClient,
  family: string,
  definition: readonly ContainerDefinition[] | Omit<RegisterTaskDefinitionCommandInput, "family">,
): Promise<string> {
  const members = Array.isArray(definition) ? { containerDefinitions: [...definition] } : definition;
  const input = { family, networkMode: "bridge", ...members } as RegisterTaskDefinitionCommandInput;
  const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(input));
  return taskDefinition?.taskDefinitionArn ?? "";
}

/** Runs tasks of which every one must be placed. */
export async function runTasks(
  ecs: ECSClient,
  taskDefinition: string,
  more: Partial<RunTaskCommandInput> = {},
): Promise<readonly Task[]> {
  const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand({ taskDefinition, ...more }));
  if (failures.length > 0) throw new Error(`not placed: ${JSON.stringify(failures)}`);
  return tasks;
}

export async function runTask(
  ecs: ECSClient,
  taskDefinition: string,
  more: Partial<RunTaskCommandInput> = {},
): Promise<string> {
  const [task] = await runTasks(ecs, taskDefinition, more);
  if (!task?.taskArn) throw new Error("RunTask answered neither a task nor a failure");
  return task.taskArn;
}

/** Registers one definition and runs it once. */
export const launch = async (
  ecs: ECSClient,
  family: string,
  definition: Parameters<typeof register>[2],
  more: Partial<RunTaskCommandInput> = {},
): Promise<string> => runTask(ecs, await register(ecs, family, definition), more);

export async function describe(ecs: ECSClient, taskArn: string, cluster = clusterOf(taskArn)): Promise<Task> {
  const { tasks, failures } = await ecs.send(
    new DescribeTasksCommand({ tasks: [taskArn], cluster, include: ["TAGS"] }),
  );
  const [task] = tasks ?? [];
  if (!task) throw new Error(`no such task: ${JSON.stringify(failures)}`);
  return task;
}

/** Polls until the task satisfies `reached`; a stopped task never changes again, so it fails at once. */
export async function untilTask(
  ecs: ECSClient,
  taskArn: string,
  reached: (task: Task) => boolean,
  timeoutMs = REACH_TIMEOUT_MS,
): Promise<Task> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const task = await describe(ecs, taskArn);
    if (reached(task)) return task;
    if (task.lastStatus === "STOPPED" || Date.now() > deadline) {
      throw new Error(`the task never got there within ${timeoutMs} ms: ${JSON.stringify(task, null, 1)}`);
    }
    await delay(POLL_MS);
  }
}

export const untilRunning = (ecs: ECSClient, taskArn: string, timeoutMs?: number): Promise<Task> =>
  untilTask(ecs, taskArn, ({ lastStatus }) => lastStatus === "RUNNING", timeoutMs);

export const untilStopped = (ecs: ECSClient, taskArn: string, timeoutMs?: number): Promise<Task> =>
  untilTask(ecs, taskArn, ({ lastStatus }) => lastStatus === "STOPPED", timeoutMs);

export async function stopTask(ecs: ECSClient, taskArn: string, reason?: string): Promise<Task | undefined> {
  const input = { task: taskArn, cluster: clusterOf(taskArn), ...(reason === undefined ? {} : { reason }) };
  return (await ecs.send(new StopTaskCommand(input))).task;
}

export async function stopAndWait(ecs: ECSClient, taskArn: string): Promise<Task> {
  await stopTask(ecs, taskArn);
  return untilStopped(ecs, taskArn);
}

const STOPPED_TOGETHER_MAX = 100;

/** Stops every task of the default cluster and waits for it, also for those that were asked to stop before. */
export async function stopAllTasks(ecs: ECSClient): Promise<void> {
  const arns: string[] = [];
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    for await (const page of paginateListTasks({ client: ecs }, { desiredStatus }))
      arns.push(...(page.taskArns ?? []));
  }
  const open: string[] = [];
  for (let at = 0; at < arns.length; at += STOPPED_TOGETHER_MAX) {
    const some = arns.slice(at, at + STOPPED_TOGETHER_MAX);
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: some }));
    open.push(
      ...tasks.flatMap((task) => (task.lastStatus !== "STOPPED" && task.taskArn ? [task.taskArn] : [])),
    );
  }
  await Promise.all(open.map((arn) => stopAndWait(ecs, arn)));
}

const clusterOf = (taskArn: string): string => taskArn.split("/")[1] ?? "default";

/** The container of that name, which must be there. */
export function containerOf(task: Task, name = "main") {
  const found = task.containers?.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`the task has no container ${name}`);
  return found;
}
