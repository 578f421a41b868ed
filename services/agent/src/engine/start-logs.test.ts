/** How a start ends whose log stream the store refuses. */
import { createFakeRuntime } from "@roadstead/runtime/fake/fake-runtime";
import { expect, test } from "vitest";
import { EcsError } from "../control/ecs-client.ts";
import { engineName } from "../decide/task.ts";
import { aContainerSpec, aTaskSpec } from "../decide/task-fixture.ts";
import { createSlots } from "./slots.ts";
import { type StepDeps, start } from "./steps.ts";

const NOT_FOUND = new EcsError("ResourceNotFoundException", 400, "The specified log group does not exist.");

test.each([
  [
    "AWS_ECS_EC2",
    "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
  ],
  [
    "AWS_ECS_FARGATE",
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1",
  ],
])("as %s says it, and the process never runs", async (environment, reason) => {
  const runtime = createFakeRuntime();
  const task = aTaskSpec();
  const container = aContainerSpec({
    environment: { AWS_EXECUTION_ENV: environment },
    hostConfig: { LogConfig: { Type: "awslogs", Config: { "awslogs-group": "/none" } } },
  });
  const name = engineName(task, container.name);
  await runtime.create({ name, body: { Image: container.image } });
  const deps: Pick<StepDeps, "runtime" | "region" | "launches" | "logs"> = {
    runtime,
    region: "eu-west-1",
    launches: createSlots(1),
    logs: {
      prepare: () => Promise.reject(NOT_FOUND),
      follow: () => undefined,
      finish: async () => undefined,
      close: async () => undefined,
    },
  };
  expect(await start(deps as StepDeps, task, container)).toEqual({ kind: "failed", reason });
  expect((await runtime.inspect(name))?.status).toBe("created");
});
