/** What Fargate asks of a task definition; `compatibilities` runs these to decide whether FARGATE is one. */
import type { ContainerDefinition, TaskDefinition } from "@roadstead/model/task-definition";
import { isEcrImage } from "../ecr-image.ts";
import { containerRule, isWithin, oneOf, type Rule } from "../rule.ts";
import { isFargateSize, isWindowsFargateCpu } from "../sizes.ts";

const LOG_DRIVERS = ["awslogs", "splunk", "awsfirelens"];
const TIMEOUT_SECONDS = { least: 2, most: 120 };

const isWindows = ({ runtimePlatform }: TaskDefinition) =>
  runtimePlatform?.operatingSystemFamily?.startsWith("WINDOWS") ?? false;

const network: Rule = {
  name: "fargate network mode",
  check: ({ networkMode }) =>
    networkMode === "awsvpc" ? null : "Fargate only supports network mode 'awsvpc'.",
};

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size */
const size: Rule = {
  name: "fargate size",
  check: (task) => {
    const { cpu, memory } = task;
    if (cpu === undefined) return "Fargate requires that 'cpu' be defined at the task level.";
    if (memory === undefined) return "Fargate requires that 'memory' be defined at the task level.";
    const known = isFargateSize(Number(cpu), Number(memory));
    return known && (!isWindows(task) || isWindowsFargateCpu(Number(cpu)))
      ? null
      : `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`;
  },
};

const namespaces: Rule = {
  name: "fargate namespaces",
  check: ({ pidMode, ipcMode }) => {
    if (pidMode !== undefined && pidMode !== "task") {
      return `Tasks using the Fargate launch type do not support pidMode '${pidMode}'. The supported value for pidMode is 'task'.`;
    }
    return ipcMode === undefined ? null : "Fargate compatible task definitions do not support ipcMode";
  },
};

/** Managed Instances ask for the role in the same places, so the subject is a parameter. */
export const executionRoleRules = (subject: string): readonly Rule[] => {
  const needs = (what: string) =>
    `${subject} requires task definition to have execution role ARN to support ${what}.`;
  return [
    containerRule(`${subject} execution role`, ({ image, logConfiguration }, { executionRoleArn }) => {
      if (executionRoleArn !== undefined) return null;
      if (isEcrImage(image)) return needs("ECR images");
      return logConfiguration?.logDriver === "awslogs" ? needs("log driver awslogs") : null;
    }),
    containerRule(`${subject} log drivers`, ({ logConfiguration: log }) => {
      if (!log) return null;
      const unknown = oneOf(`${subject} log driver`, log.logDriver, LOG_DRIVERS);
      if (unknown) return unknown;
      return log.logDriver === "awslogs" && !log.options?.["awslogs-stream-prefix"]
        ? "Log driver awslogs requires option 'awslogs-stream-prefix' for this launch type."
        : null;
    }),
  ];
};

const unsupported = (what: string) => `Fargate compatible task definitions do not support ${what}`;

function unsupportedMember(container: ContainerDefinition): string | null {
  const { linuxParameters: linux = {}, resourceRequirements = [] } = container;
  const used: Readonly<Record<string, boolean>> = {
    privileged: container.privileged === true,
    links: (container.links?.length ?? 0) > 0,
    devices: (linux.devices?.length ?? 0) > 0,
    sharedMemorySize: (linux.sharedMemorySize ?? 0) > 0,
    maxSwap: linux.maxSwap !== undefined,
    swappiness: linux.swappiness !== undefined,
    dockerSecurityOptions: (container.dockerSecurityOptions?.length ?? 0) > 0,
    "added capabilities other than SYS_PTRACE": (linux.capabilities?.add ?? []).some(
      (capability) => capability !== "SYS_PTRACE",
    ),
    "ulimits other than nofile": (container.ulimits ?? []).some(({ name }) => name !== "nofile"),
    "GPU resource requirements": resourceRequirements.some(({ type }) => type === "GPU"),
    "NeuronDevice resource requirements": resourceRequirements.some(({ type }) => type === "NeuronDevice"),
    "inference accelerators": resourceRequirements.some(({ type }) => type === "InferenceAccelerator"),
    "a FireLens configuration file in S3":
      container.firelensConfiguration?.options?.["config-file-type"] === "s3",
  };
  const member = Object.keys(used).find((name) => used[name]);
  return member === undefined ? null : unsupported(member);
}

const members = containerRule("fargate container members", unsupportedMember);

const timeouts = containerRule("fargate timeouts", (container) => {
  const wrong = (["startTimeout", "stopTimeout"] as const).find((member) => {
    const seconds = container[member];
    return seconds !== undefined && !isWithin(seconds, TIMEOUT_SECONDS.least, TIMEOUT_SECONDS.most);
  });
  return wrong
    ? `Fargate requires that '${wrong}' be between ${TIMEOUT_SECONDS.least} and ${TIMEOUT_SECONDS.most} seconds.`
    : null;
});

const task: Rule = {
  name: "fargate task members",
  check: (definition) => {
    const { volumes, placementConstraints, inferenceAccelerators = [] } = definition;
    if (placementConstraints.length > 0) return unsupported("placementConstraints");
    if (inferenceAccelerators.length > 0) return unsupported("inferenceAccelerators");
    if (volumes.some(({ host }) => host?.sourcePath !== undefined)) return unsupported("sourcePath");
    if (volumes.some((volume) => volume.dockerVolumeConfiguration)) {
      return unsupported("dockerVolumeConfiguration");
    }
    if (volumes.some((volume) => volume.fsxWindowsFileServerVolumeConfiguration)) {
      return unsupported("fsxWindowsFileServerVolumeConfiguration");
    }
    return isWindows(definition) && volumes.some((volume) => volume.efsVolumeConfiguration)
      ? unsupported("efsVolumeConfiguration on Windows")
      : null;
  },
};

export const fargateRules: readonly Rule[] = [
  network,
  size,
  namespaces,
  ...executionRoleRules("Fargate"),
  members,
  timeouts,
  task,
];
