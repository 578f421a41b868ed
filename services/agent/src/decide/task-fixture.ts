/** Tasks for tests: whole, small, and with nothing in them that the test did not ask for. */
import type { ContainerSpec, TaskSpec } from "./task.ts";

export const aContainerSpec = (over: Partial<ContainerSpec> = {}): ContainerSpec => ({
  name: "app",
  image: "roadstead/busybox:latest",
  registry: null,
  essential: true,
  cpu: 0,
  memoryMiB: 0,
  command: null,
  entryPoint: null,
  environment: {},
  links: [],
  portMappings: [],
  mountPoints: [],
  volumesFrom: [],
  dependsOn: [],
  startTimeoutSeconds: null,
  stopTimeoutSeconds: null,
  restartPolicy: null,
  hasHealthCheck: false,
  config: {},
  hostConfig: {},
  ...over,
});

export const aTaskSpec = (over: Partial<TaskSpec> = {}): TaskSpec => ({
  arn: "arn:aws:ecs:us-east-1:000000000000:task/default/0123456789abcdef0123456789abcdef",
  clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/default",
  family: "web",
  version: "1",
  networkMode: "bridge",
  cpu: 0,
  memoryMiB: 0,
  pidMode: null,
  ipcMode: null,
  volumes: [],
  containers: [aContainerSpec()],
  ...over,
});
