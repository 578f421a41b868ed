import { expect, test } from "vitest";
import {
  inconsistentStartsMessage,
  startedTasksMessage,
  steadyMessage,
  stoppedTasksMessage,
  stuckMessage,
  unplacedMessage,
} from "./messages.ts";
import { serviceActionOf } from "./service-action.ts";

test.each<readonly [string, string, string, string | null]>([
  [steadyMessage("web"), "INFO", "SERVICE_STEADY_STATE", null],
  [startedTasksMessage("web", ["a"], 1), "INFO", "TASKS_STARTED", null],
  [stoppedTasksMessage("web", ["a"]), "INFO", "TASKS_STOPPED", null],
  [inconsistentStartsMessage("web"), "WARN", "SERVICE_TASK_START_IMPAIRED", null],
  ...["RESOURCE:CPU", "RESOURCE:MEMORY", "RESOURCE:PORTS", "RESOURCE:GPU", "ATTRIBUTE"].map(
    (reason) =>
      [
        unplacedMessage("web", { reason, instanceId: "i" }),
        "ERROR",
        "SERVICE_TASK_PLACEMENT_FAILURE",
        reason,
      ] as const,
  ),
  [
    unplacedMessage("web", { reason: "NO ACTIVE INSTANCES", instanceId: null }),
    "ERROR",
    "SERVICE_TASK_PLACEMENT_FAILURE",
    null,
  ],
  [
    "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.",
    "ERROR",
    "SERVICE_TASK_PLACEMENT_FAILURE",
    "RESOURCE:FARGATE",
  ],
])("%s is an action", (message, eventType, eventName, reason) => {
  expect(serviceActionOf(message)).toEqual({ eventType, eventName, reason });
});

test.each([stuckMessage("web"), "(service web) is spoken of, but did nothing."])("%s is none", (message) => {
  expect(serviceActionOf(message)).toBeNull();
});
