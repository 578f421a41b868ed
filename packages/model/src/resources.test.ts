import { describe, expect, test } from "vitest";
import { taskDemand } from "./resources.ts";
import type { ContainerDefinition, TaskDefinition } from "./task-definition.ts";

const aContainer = (over: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: "app",
  image: "nginx",
  cpu: 0,
  essential: true,
  portMappings: [],
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
  ...over,
});
const aDefinition = (
  over: Partial<TaskDefinition>,
  ...containers: Partial<ContainerDefinition>[]
): TaskDefinition => ({
  family: "web",
  volumes: [],
  placementConstraints: [],
  networkMode: "bridge",
  containerDefinitions: containers.map(aContainer),
  ...over,
});

describe("task demand", () => {
  test("is the task's own size where it has one", () => {
    const definition = aDefinition({ cpu: "256", memory: "512" }, { cpu: 10, memory: 100 });
    expect(taskDemand(definition)).toMatchObject({ cpu: 256, memoryMiB: 512 });
  });

  test("else sums containers, a memory reservation before a limit", () => {
    const definition = aDefinition(
      {},
      { cpu: 10, memory: 100 },
      { name: "b", cpu: 5, memory: 100, memoryReservation: 50 },
    );
    expect(taskDemand(definition)).toMatchObject({ cpu: 15, memoryMiB: 150 });
  });

  test("follows overrides of the task and of containers", () => {
    const definition = aDefinition({}, { cpu: 10, memory: 100 });
    expect(
      taskDemand(definition, { containerOverrides: [{ name: "app", cpu: 20, memory: 300 }] }),
    ).toMatchObject({
      cpu: 20,
      memoryMiB: 300,
    });
    expect(taskDemand(definition, { cpu: "512", memory: "1024" })).toMatchObject({
      cpu: 512,
      memoryMiB: 1024,
    });
  });

  test("counts whole GPUs", () => {
    const gpu = { resourceRequirements: [{ type: "GPU", value: "2" }] } as const;
    expect(taskDemand(aDefinition({}, gpu, { ...gpu, name: "b" })).gpus).toBe(4);
  });
});

describe("reserved ports", () => {
  const ports = (networkMode: NonNullable<TaskDefinition["networkMode"]>, hostPort: number) =>
    taskDemand(
      aDefinition({ networkMode }, { portMappings: [{ containerPort: 80, hostPort, protocol: "tcp" }] }),
    ).ports;

  test("are static host ports in bridge mode", () => {
    expect(ports("bridge", 8080)).toEqual([{ protocol: "tcp", port: 8080 }]);
    expect(ports("bridge", 0)).toEqual([]);
  });
  test("are container ports in host mode", () => {
    expect(ports("host", 80)).toEqual([{ protocol: "tcp", port: 80 }]);
  });
  test("are none in awsvpc mode, where a task has its own address", () => {
    expect(ports("awsvpc", 80)).toEqual([]);
  });
});
