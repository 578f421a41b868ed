import { expect, test } from "vitest";
import { startedTasksMessage, unplacedMessage } from "./messages.ts";

const MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
const UNMET =
  "(service web) was unable to place a task because no container instance met all of its requirements.";
const CLOSEST = `${UNMET} The closest matching (container-instance c1)`;

test.each([
  ["RESOURCE:CPU", `${CLOSEST} has insufficient CPU units available. ${MORE}`],
  ["RESOURCE:MEMORY", `${CLOSEST} has insufficient memory available. ${MORE}`],
  ["RESOURCE:PORTS", `${CLOSEST} is already using a port required by your task. ${MORE}`],
  ["ATTRIBUTE", `${CLOSEST} is missing an attribute required by your task. ${MORE}`],
  ["AGENT", `${CLOSEST} encountered error "AGENT". ${MORE}`],
  ["constructor", `${CLOSEST} encountered error "constructor". ${MORE}`],
  ["NO ACTIVE INSTANCES", `${UNMET} Reason: No Container Instances were found in your cluster. ${MORE}`],
])("%s is explained in ECS's words", (reason, text) => {
  const instanceId = reason === "NO ACTIVE INSTANCES" ? null : "c1";
  expect(unplacedMessage("web", { reason, instanceId })).toBe(text);
});

test("starts are told with the unhealthy tasks they replace", () => {
  expect(startedTasksMessage("web", ["a", "b"], 0)).toBe(
    "(service web) has started 2 tasks: (task a) (task b).",
  );
  expect(startedTasksMessage("web", ["a"], 1)).toBe(
    "(service web) has started 1 tasks: (task a). Amazon ECS replaced 1 tasks due to an unhealthy status.",
  );
});
