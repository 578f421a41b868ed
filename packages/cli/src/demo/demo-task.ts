/** The demo's steps against the API: register, run, watch, read, stop, forget. commands/demo.ts prints them. */
import { type ApiAccess, callEcs } from "../api-client.ts";
import { Failure } from "../failure.ts";
import { DEMO_IMAGE } from "./demo-image.ts";

const FAMILY = "roadstead-demo";
const CONTAINER_PORT = 8080;
const POLL_MS = 100;
const RUNNING_TIMEOUT_MS = 60_000;
const STOPPED_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 10_000;

/** A process with id 1 ignores signals that it has no handler for; this one ends at once when asked. */
const SERVE = `trap "exit 0" TERM; /bin/busybox httpd -f -p ${CONTAINER_PORT} -h /www & wait`;

export const TASK_DEFINITION = {
  family: FAMILY,
  networkMode: "bridge",
  containerDefinitions: [
    {
      name: "web",
      image: DEMO_IMAGE,
      essential: true,
      cpu: 64,
      memory: 32,
      command: ["/bin/busybox", "sh", "-c", SERVE],
      portMappings: [{ containerPort: CONTAINER_PORT, hostPort: 0, protocol: "tcp" }],
      stopTimeout: 2,
    },
  ],
};

export interface DemoTask {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly stoppedReason?: string;
  readonly containers?: readonly {
    readonly exitCode?: number;
    readonly reason?: string;
    readonly networkBindings?: readonly { readonly hostPort: number }[];
  }[];
}

export async function registerDemo(access: ApiAccess): Promise<string> {
  const answer = await callEcs<{ taskDefinition: { taskDefinitionArn: string } }>(
    access,
    "RegisterTaskDefinition",
    TASK_DEFINITION,
  );
  return answer.taskDefinition.taskDefinitionArn;
}

export async function runDemo(access: ApiAccess, taskDefinition: string): Promise<string> {
  const answer = await callEcs<{ tasks: readonly DemoTask[]; failures: readonly { reason: string }[] }>(
    access,
    "RunTask",
    { taskDefinition, count: 1 },
  );
  const [task] = answer.tasks;
  if (!task) throw new Failure(`RunTask placed nothing: ${answer.failures.map((f) => f.reason).join(", ")}`);
  return task.taskArn;
}

export const waitRunning = (access: ApiAccess, taskArn: string): Promise<DemoTask> =>
  waitForStatus(access, taskArn, { status: "RUNNING", timeoutMs: RUNNING_TIMEOUT_MS });

export const waitStopped = (access: ApiAccess, taskArn: string): Promise<DemoTask> =>
  waitForStatus(access, taskArn, { status: "STOPPED", timeoutMs: STOPPED_TIMEOUT_MS });

async function waitForStatus(
  access: ApiAccess,
  taskArn: string,
  wanted: { readonly status: string; readonly timeoutMs: number },
): Promise<DemoTask> {
  const deadline = Date.now() + wanted.timeoutMs;
  for (;;) {
    const { tasks } = await callEcs<{ tasks: readonly DemoTask[] }>(access, "DescribeTasks", {
      tasks: [taskArn],
    });
    const [task] = tasks;
    if (task?.lastStatus === wanted.status) return task;
    if (!task || task.lastStatus === "STOPPED") throw new Failure(`the task stopped: ${whyStopped(task)}`);
    if (Date.now() > deadline)
      throw new Failure(`the task is still ${task.lastStatus}`, "./roadstead logs agent");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const whyStopped = (task: DemoTask | undefined): string =>
  task
    ? [task.stoppedReason, ...(task.containers ?? []).map((c) => c.reason)].filter(Boolean).join("; ")
    : "it is gone";

/** The server inside needs a moment after its container runs. */
export async function readAnswer(url: string): Promise<string> {
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      return await answer.text();
    } catch (error) {
      if (Date.now() > deadline) throw new Failure(`${url} does not answer: ${String(error)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const stopDemo = (access: ApiAccess, task: string): Promise<unknown> =>
  callEcs(access, "StopTask", { task, reason: "the demo is over" });

export const forgetDemo = (access: ApiAccess, taskDefinition: string): Promise<unknown> =>
  callEcs(access, "DeregisterTaskDefinition", { taskDefinition });
