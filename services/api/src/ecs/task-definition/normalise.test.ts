import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { arbitraryInput, randomOf } from "./arbitrary-input.test-data.ts";
import { normalise } from "./normalise.ts";
import { registerableTaskDefinition } from "./registerable.ts";

const RUNS = 2000;
const asInput = (value: unknown) => value as RegisterTaskDefinitionCommandInput;

test("fills exactly the members that ECS fills", () => {
  expect(
    normalise({
      family: "web",
      containerDefinitions: [{ name: "app", image: "nginx", portMappings: [{ containerPort: 80 }] }],
    }),
  ).toEqual({
    family: "web",
    networkMode: "bridge",
    volumes: [],
    placementConstraints: [],
    containerDefinitions: [
      {
        name: "app",
        image: "nginx",
        cpu: 0,
        essential: true,
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }],
      },
    ],
  });
});

describe("host ports", () => {
  const portsOf = (networkMode: "awsvpc" | "host" | "bridge", mapping: object) =>
    normalise({
      family: "f",
      networkMode,
      containerDefinitions: [{ name: "a", portMappings: [mapping] }],
    }).containerDefinitions[0]?.portMappings[0];

  test.each(["awsvpc", "host"] as const)("follow the container port in %s mode", (mode) => {
    expect(portsOf(mode, { containerPort: 80 })).toMatchObject({ hostPort: 80 });
  });
  test("stay out of port ranges", () => {
    expect(portsOf("bridge", { containerPortRange: "80-90" })).toEqual({
      containerPortRange: "80-90",
      protocol: "tcp",
    });
  });
});

test.each([
  ["1024", "1024", "1024", "1024"],
  ["1 vCPU", "1024", "1GB", "1024"],
  [".25 vcpu", "256", ".5 gb", "512"],
])("writes sizes %s and %s as numbers", (cpu, units, memory, mib) => {
  expect(normalise({ family: "f", containerDefinitions: [], cpu, memory })).toMatchObject({
    cpu: units,
    memory: mib,
  });
});

test("registering what was described changes nothing", () => {
  const random = randomOf(7);
  for (let run = 0; run < RUNS; run += 1) {
    const once = normalise(arbitraryInput(random));
    expect(normalise(asInput(once))).toEqual(once);
  }
});

test("no well-typed input makes registration throw", () => {
  const random = randomOf(20_260);
  let accepted = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const input = arbitraryInput(random);
    const registration = registerableTaskDefinition(input, { accountId: "1", region: "r" });
    if (registration.ok) accepted += 1;
    else expect(registration.error.message).not.toBe("");
  }
  // Both ends are reached: some inputs are accepted, most are not.
  expect(accepted).toBeGreaterThan(0);
  expect(accepted).toBeLessThan(RUNS);
});
