/** Thirteen ways for a task to die, as the states that agents and users leave behind. */
import { describe, expect, test } from "vitest";
import { DEREGISTRATION_FORCED, STOPPED_BY_USER, stopCauseOf } from "./stop-reason.ts";
import type { ContainerReport } from "./task.ts";
import { aContainer, aPendingTask, aReport, observed } from "./task-builders.test-data.ts";
import { advanceTask, type TaskChange, type TaskState } from "./task-transition.ts";

const EXITED = "Essential container in task exited";
const ran = (over: Partial<ContainerReport>) => aReport({ status: "STOPPED", runtimeId: "c1", ...over });
const never = (reason: string) => aReport({ status: "STOPPED", reason });
const PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found";
const START =
  'CannotStartContainerError: Error response from daemon: exec: "nope": executable file not found';
const RANGE =
  "ResourceInitializationError: the range 10.0.0.0/16 of vpc-1 cannot be used on this machine: it overlaps 10.0.0.0/8";

interface Death {
  readonly way: string;
  readonly ran: boolean;
  readonly last: Omit<TaskChange, "taskId">;
  readonly code: TaskState["stopCode"];
  readonly reason: string;
  readonly exitCode: number | null;
}

const end = (report: ContainerReport, reason?: string) => ({
  lastStatus: "STOPPED" as const,
  containers: [report],
  ...(reason === undefined ? {} : { reason }),
});
const essential = { code: "EssentialContainerExited", reason: EXITED } as const;
const failed = (reason: string) => ({ code: "TaskFailedToStart" as const, reason, exitCode: null });

const deaths: readonly Death[] = [
  { way: "exit 0", ran: true, last: end(ran({ exitCode: 0 })), ...essential, exitCode: 0 },
  { way: "exit 3", ran: true, last: end(ran({ exitCode: 3 })), ...essential, exitCode: 3 },
  {
    way: "out of memory",
    ran: true,
    last: end(ran({ exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" })),
    ...essential,
    exitCode: 137,
  },
  { way: "a signal", ran: true, last: end(ran({ exitCode: 143 })), ...essential, exitCode: 143 },
  { way: "image missing", ran: false, last: end(never(PULL)), ...failed(PULL) },
  {
    way: "bad command",
    ran: false,
    last: end({ ...never(START), runtimeId: "c1" }),
    ...failed("Task failed to start"),
  },
  {
    way: "bad command, said of the task as a whole too",
    ran: false,
    last: end(never(START), START),
    ...failed("Task failed to start"),
  },
  {
    way: "a range in use, found while the container was made",
    ran: false,
    last: end(ran({}), RANGE),
    ...failed(RANGE),
  },
  {
    way: "stopped by the user",
    ran: true,
    last: {
      stop: { stopCode: "UserInitiated", stoppedReason: STOPPED_BY_USER },
      ...end(ran({ exitCode: 143 })),
    },
    code: "UserInitiated",
    reason: STOPPED_BY_USER,
    exitCode: 143,
  },
  { way: "removed by hand", ran: true, last: end(ran({ exitCode: 137 })), ...essential, exitCode: 137 },
  {
    way: "agent deregistered by force",
    ran: true,
    last: {
      lastStatus: "STOPPED",
      stop: { stopCode: "UserInitiated", stoppedReason: DEREGISTRATION_FORCED },
    },
    code: "UserInitiated",
    reason: DEREGISTRATION_FORCED,
    exitCode: null,
  },
  {
    way: "port clash on the machine",
    ran: false,
    last: end(never("CannotStartContainerError: Error response from daemon: port is already allocated")),
    ...failed("Task failed to start"),
  },
  {
    way: "too large for the kernel",
    ran: false,
    last: end(never("CannotCreateContainerError: Error response from daemon: minimum memory limit is 6MB")),
    ...failed("Task failed to start"),
  },
  {
    way: "dependency that cannot be met",
    ran: false,
    last: end(never("TaskDependencyError: Task dependencies cannot be resolved, taskArn: t")),
    ...failed("TaskDependencyError: Task dependencies cannot be resolved, taskArn: t"),
  },
  {
    way: "resource that cannot be made, said of the task as a whole",
    ran: false,
    last: end(aReport({ status: "STOPPED" }), "ResourceInitializationError: no secret"),
    ...failed("ResourceInitializationError: no secret"),
  },
  {
    way: "a process so short that the agent never reported RUNNING",
    ran: false,
    last: end(ran({ exitCode: 0 })),
    ...essential,
    exitCode: 0,
  },
  {
    way: "a process that an agent reports without its runtime id",
    ran: false,
    last: end(aReport({ status: "STOPPED", exitCode: 4 })),
    ...essential,
    exitCode: 4,
  },
];

describe("a task that dies of", () => {
  test.each(deaths)("$way says so", (death) => {
    const task = { containers: [aContainer()] };
    const running = {
      taskId: "t",
      lastStatus: "RUNNING",
      containers: [aReport({ status: "RUNNING" })],
    } as const;
    const before = death.ran ? advanceTask(task, aPendingTask(), running, 10) : aPendingTask();
    const after = advanceTask(task, before as TaskState, { taskId: "t", ...death.last }, 20);
    expect(after).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: death.code,
      stoppedReason: death.reason,
      startedAt: death.ran ? 10 : null,
      stoppedAt: 20,
      containers: [{ exitCode: death.exitCode, lastStatus: "STOPPED" }],
    });
    expect(after?.containers[0]?.reason ?? null).toBe(death.last.containers?.[0]?.reason ?? null);
  });
});

test("a task that ran and lost its network interface says so", () => {
  const reason = "NetworkLostError: the task's network interface was removed by someone else";
  const cause = stopCauseOf({
    hasRun: true,
    reason,
    containers: [aContainer()],
    observed: [observed({ lastStatus: "STOPPED", runtimeId: "c1", exitCode: 0 })],
  });
  expect(cause).toEqual({ stopCode: "EssentialContainerExited", stoppedReason: reason });
});

test("a sidecar that could not start does not hide that the essential container ran and exited", () => {
  const containers = [aContainer(), aContainer({ name: "side", essential: false })];
  const cause = stopCauseOf({
    hasRun: true,
    reason: null,
    containers,
    observed: [
      observed({ lastStatus: "STOPPED", runtimeId: "c1", exitCode: 1 }),
      observed({ name: "side", lastStatus: "STOPPED", reason: PULL }),
    ],
  });
  expect(cause.stopCode).toBe("EssentialContainerExited");
});
