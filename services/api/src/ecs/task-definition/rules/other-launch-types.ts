/** What EC2, EXTERNAL and MANAGED_INSTANCES ask of a task definition; `compatibilities` runs these. */
import type { TaskDefinition, Volume } from "@roadstead/model/task-definition";
import { containerRule, type Rule } from "../rule.ts";
import { executionRoleRules } from "./fargate.ts";

const requires =
  (type: "NeuronDevice" | "InferenceAccelerator") =>
  ({ containerDefinitions }: TaskDefinition): boolean =>
    containerDefinitions.some((c) =>
      c.resourceRequirements?.some((requirement) => requirement.type === type),
    );

const hasVolume =
  (member: keyof Volume) =>
  (task: TaskDefinition): boolean =>
    task.volumes.some((volume) => volume[member] !== undefined && volume[member] !== false);

type Feature = readonly [what: string, used: (task: TaskDefinition) => boolean];

/** A rule that refuses every listed feature by name. */
const refuses = (launchType: string, features: readonly Feature[]): Rule => ({
  name: `${launchType} features`,
  check: (task) => {
    const feature = features.find(([, used]) => used(task));
    return feature ? `${launchType} compatible task definitions do not support ${feature[0]}` : null;
  },
});

export const ec2Rules: readonly Rule[] = [
  refuses("EC2", [["NeuronDevice resource requirements", requires("NeuronDevice")]]),
];

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html */
export const externalRules: readonly Rule[] = [
  {
    name: "external network mode",
    check: ({ networkMode }) =>
      networkMode === "awsvpc" ? "External launch type does not support network mode 'awsvpc'." : null,
  },
  refuses("EXTERNAL", [
    ["efsVolumeConfiguration", hasVolume("efsVolumeConfiguration")],
    ["configuredAtLaunch volumes", hasVolume("configuredAtLaunch")],
    ["s3filesVolumeConfiguration", hasVolume("s3filesVolumeConfiguration")],
    ["fsxWindowsFileServerVolumeConfiguration", hasVolume("fsxWindowsFileServerVolumeConfiguration")],
    ["proxyConfiguration", ({ proxyConfiguration }) => proxyConfiguration !== undefined],
    ["enableFaultInjection", ({ enableFaultInjection }) => enableFaultInjection === true],
    ["ephemeralStorage", ({ ephemeralStorage }) => ephemeralStorage !== undefined],
    ["inferenceAccelerators", ({ inferenceAccelerators = [] }) => inferenceAccelerators.length > 0],
    ["NeuronDevice resource requirements", requires("NeuronDevice")],
    [
      "appProtocol",
      ({ containerDefinitions }) =>
        containerDefinitions.some((c) => c.portMappings.some(({ appProtocol }) => appProtocol !== undefined)),
    ],
  ]),
];

export const managedInstancesRules: readonly Rule[] = [
  {
    name: "managed instances network mode",
    check: ({ networkMode }) =>
      networkMode === "bridge" || networkMode === undefined
        ? "Managed Instances only supports network modes 'awsvpc', 'host' and 'none'."
        : null,
  },
  {
    name: "managed instances size",
    check: ({ cpu, memory }) => {
      if (cpu === undefined) return "Managed Instances requires that 'cpu' be defined at the task level.";
      return memory === undefined
        ? "Managed Instances requires that 'memory' be defined at the task level."
        : null;
    },
  },
  ...executionRoleRules("Managed Instances"),
  refuses("MANAGED_INSTANCES", [
    ["dockerVolumeConfiguration", hasVolume("dockerVolumeConfiguration")],
    ["fsxWindowsFileServerVolumeConfiguration", hasVolume("fsxWindowsFileServerVolumeConfiguration")],
    ["ephemeralStorage", ({ ephemeralStorage }) => ephemeralStorage !== undefined],
    ["inferenceAccelerators", ({ inferenceAccelerators = [] }) => inferenceAccelerators.length > 0],
    ["InferenceAccelerator resource requirements", requires("InferenceAccelerator")],
    ["proxyConfiguration", ({ proxyConfiguration }) => proxyConfiguration !== undefined],
    [
      "Windows",
      ({ runtimePlatform }) => runtimePlatform?.operatingSystemFamily?.startsWith("WINDOWS") ?? false,
    ],
  ]),
  containerRule("managed instances links", ({ links = [] }) =>
    links.length > 0 ? "MANAGED_INSTANCES compatible task definitions do not support links" : null,
  ),
];
