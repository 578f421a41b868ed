/** Writes a task definition the way ECS answers it; registration checks and stores the result. */
import type { RegisterTaskDefinitionCommandInput, Volume as WireVolume } from "@aws-sdk/client-ecs";
import type { NetworkMode, TaskDefinition, Volume } from "@roadstead/model/task-definition";
import { normaliseContainer } from "./normalise-container.ts";
import { present } from "./present.ts";
import { cpuUnits, memoryMiB } from "./sizes.ts";

/** Total and idempotent: never throws, and the answer registered again gives the same answer. */
export function normalise(input: RegisterTaskDefinitionCommandInput): TaskDefinition {
  const { tags: _tags, containerDefinitions, volumes, ...rest } = input;
  const given = present(rest) as Partial<TaskDefinition>;
  const networkMode = given.networkMode ?? defaultNetworkMode(given);
  return {
    ...given,
    family: input.family ?? "",
    containerDefinitions: (containerDefinitions ?? []).map((container) =>
      normaliseContainer(container, networkMode),
    ),
    volumes: (volumes ?? []).map(normaliseVolume),
    placementConstraints: given.placementConstraints ?? [],
    ...(networkMode && { networkMode }),
    ...(given.cpu !== undefined && {
      cpu: String(cpuUnits(given.cpu) ?? given.cpu),
    }),
    ...(given.memory !== undefined && {
      memory: String(memoryMiB(given.memory) ?? given.memory),
    }),
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#network_mode */
function defaultNetworkMode({ runtimePlatform }: Partial<TaskDefinition>): NetworkMode | undefined {
  return runtimePlatform?.operatingSystemFamily?.startsWith("WINDOWS") ? undefined : "bridge";
}

function normaliseVolume(volume: WireVolume): Volume {
  const given = present(volume) as Partial<Volume>;
  const { dockerVolumeConfiguration: docker, efsVolumeConfiguration: efs } = given;
  return {
    ...given,
    name: given.name ?? "",
    ...(docker && {
      dockerVolumeConfiguration: { ...docker, scope: docker.scope ?? "task" },
    }),
    ...(efs && {
      efsVolumeConfiguration: {
        ...efs,
        fileSystemId: efs.fileSystemId ?? "",
        rootDirectory: efs.rootDirectory || "/",
      },
    }),
  };
}
