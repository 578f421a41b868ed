/** Builds task definitions and render inputs for tests. */
import type { ContainerDefinition, TaskDefinition } from "@roadstead/model/task-definition";
import type { RenderInput } from "./render-task.ts";

export const aContainer = (container: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: "app",
  image: "busybox",
  essential: true,
  cpu: 0,
  portMappings: [],
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
  ...container,
});

export const aDefinition = (definition: Partial<TaskDefinition> = {}): TaskDefinition => ({
  family: "web",
  containerDefinitions: [aContainer()],
  volumes: [],
  placementConstraints: [],
  ...definition,
});

export const IMAGE_NAMES = {
  registryHost: "127.0.0.1:4701",
  domain: "roadstead.internal",
  default: { accountId: "000000000000", region: "us-east-1" },
  apiUrl: "http://127.0.0.1:4700",
};

export const aRenderInput = (
  definition: TaskDefinition,
  task: Partial<RenderInput["task"]> = {},
): RenderInput => ({
  definition,
  clusterName: "dev",
  place: { accountId: "000000000000", region: "us-east-1" },
  imageNames: IMAGE_NAMES,
  task: {
    id: "0123456789abcdef0123456789abcdef",
    family: definition.family,
    revision: 7,
    launchType: "EC2",
    group: "family:web",
    cpu: null,
    memory: null,
    overrides: {},
    declaredContainers: definition.containerDefinitions.map(({ name }) => ({ id: `id-of-${name}`, name })),
    enableExecuteCommand: false,
    desiredStatus: "RUNNING",
    networkInterface: null,
    revisionImages: null,
    ...task,
  },
});
