import { expect, test } from "vitest";
import { normalise } from "./task-definition/normalise.ts";
import { effectiveOverrides } from "./task-overrides.ts";

const definition = normalise({
  family: "web",
  containerDefinitions: [
    {
      name: "a",
      image: "nginx",
      memory: 128,
      command: ["x"],
      environment: [
        { name: "K", value: "1" },
        { name: "L", value: "1" },
      ],
    },
    { name: "b", image: "nginx", memory: 128 },
  ],
});

test("every container is listed even when nothing is overridden", () => {
  expect(effectiveOverrides(definition)).toMatchObject({
    ok: true,
    overrides: { containerOverrides: [{ name: "a" }, { name: "b" }], inferenceAcceleratorOverrides: [] },
    definition,
  });
});

test("environment merges by name and a command is replaced", () => {
  const result = effectiveOverrides(definition, {
    containerOverrides: [{ name: "a", command: ["y"], environment: [{ name: "K", value: "2" }] }],
  });
  expect(result.ok && result.definition.containerDefinitions[0]).toMatchObject({
    command: ["y"],
    environment: [
      { name: "L", value: "1" },
      { name: "K", value: "2" },
    ],
  });
});

test("task sizes become numbers in text", () => {
  expect(effectiveOverrides(definition, { cpu: "1 vCPU", memory: "1 GB" })).toMatchObject({
    overrides: { cpu: "1024", memory: "1024" },
  });
});

test.each([
  [
    "an unknown container",
    { containerOverrides: [{ name: "z" }] },
    "Override for container named z is not a container in the TaskDefinition.",
  ],
  [
    "a container without name",
    { containerOverrides: [{}] },
    "Override for container name should not be null or empty.",
  ],
  ["8193 characters", { containerOverrides: [{ name: "a", command: ["x".repeat(8193)] }] }, /at most 8192/],
  ["an odd cpu", { cpu: "many" }, /^Invalid 'cpu' setting for task/],
  [
    "a variable without name",
    { containerOverrides: [{ name: "a", environment: [{ value: "1" }] }] },
    /variable name/,
  ],
  ["an odd role", { taskRoleArn: "<role>" }, "Role is not valid"],
  ["no memory", { containerOverrides: [{ name: "a", memory: 0 }] }, /at least 6/],
])("%s is refused", (_name, overrides, message) => {
  expect(effectiveOverrides(definition, overrides)).toMatchObject({
    ok: false,
    error: {
      code: "InvalidParameterException",
      message: typeof message === "string" ? message : expect.stringMatching(message),
    },
  });
});

test("a Fargate definition can only be overridden to a Fargate size", () => {
  const fargate = normalise({
    family: "web",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "a", image: "nginx" }],
  });
  expect(effectiveOverrides(fargate, { cpu: "4096", memory: "4096" })).toMatchObject({ ok: false });
  expect(effectiveOverrides(fargate, { cpu: "512", memory: "1024" })).toMatchObject({ ok: true });
});
