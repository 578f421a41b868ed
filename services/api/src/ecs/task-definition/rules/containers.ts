/** Rules about what one container is: its name, image and runtime settings. */
import { containerRule, firstDuplicate, firstError, isWithin, oneOf, type Rule } from "../rule.ts";

const CONTAINERS_MAX = 10;
const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const IMAGE = /^[A-Za-z0-9_.:/#-]{1,255}(@sha256:[0-9a-f]{64})?$/;
const IGNORED_EXIT_CODES_MAX = 50;
const ULIMITS = [
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
];
const SYSTEM_CONTROL =
  /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+|net\..+)$/;

const count: Rule = {
  name: "container count",
  check: ({ containerDefinitions }) => {
    if (containerDefinitions.length === 0) return "Container list cannot be empty.";
    return containerDefinitions.length > CONTAINERS_MAX
      ? `Task definition has too many containers. The maximum is ${CONTAINERS_MAX}.`
      : null;
  },
};

const name = containerRule("container name", ({ name }) => {
  if (name === "") return "Container.name should not be null or empty.";
  return NAME.test(name) ? null : "Container.name contains invalid characters.";
});

const image = containerRule("container image", ({ image }) => {
  if (image === "") return "Container.image should not be null or empty.";
  if (!IMAGE.test(image)) return "Container.image contains invalid characters.";
  return /^[:#]/.test(image) ? "Container.image repository should not be null or empty." : null;
});

const uniqueNames: Rule = {
  name: "unique container names",
  check: ({ containerDefinitions }) => {
    const twice = firstDuplicate(containerDefinitions.map(({ name }) => name));
    return twice === null ? null : `Container name '${twice}' is used more than once.`;
  },
};

const essential: Rule = {
  name: "one essential container",
  check: ({ containerDefinitions }) =>
    containerDefinitions.some(({ essential }) => essential)
      ? null
      : "A TaskDefinition must have at least one essential container.",
};

/** A command without CMD or CMD-SHELL in front is accepted, as AWS does. */
const healthCheck = containerRule("health check", ({ healthCheck: check }) => {
  if (!check) return null;
  if (check.command.length === 0) return "Health check command should not be null or empty.";
  const ranges = [
    ["interval", check.interval, 5, 300],
    ["timeout", check.timeout, 2, 60],
    ["retries", check.retries, 1, 10],
    ["startPeriod", check.startPeriod ?? 0, 0, 300],
  ] as const;
  return firstError(ranges, ([what, value, least, most]) =>
    isWithin(value, least, most) ? null : `Health check ${what} should be between ${least} and ${most}.`,
  );
});

const restartPolicy = containerRule("restart policy", ({ restartPolicy: policy }) => {
  if (!policy) return null;
  if ((policy.ignoredExitCodes?.length ?? 0) > IGNORED_EXIT_CODES_MAX) {
    return `Restart policy ignoredExitCodes should have at most ${IGNORED_EXIT_CODES_MAX} items.`;
  }
  return isWithin(policy.restartAttemptPeriod ?? 300, 60, 1800)
    ? null
    : "Restart policy restartAttemptPeriod should be between 60 and 1800.";
});

const ulimits = containerRule("ulimits", ({ ulimits = [] }) =>
  firstError(ulimits, ({ name, softLimit, hardLimit }) => {
    const unknown = oneOf("ulimit name", name ?? "", ULIMITS);
    if (unknown) return unknown;
    return hardLimit !== -1 && softLimit > hardLimit
      ? `The soft limit of ulimit '${name}' is greater than its hard limit.`
      : null;
  }),
);

const systemControls = containerRule("system controls", ({ systemControls }, { networkMode, ipcMode }) =>
  firstError(systemControls, ({ namespace = "" }) => {
    if (!SYSTEM_CONTROL.test(namespace)) return `System control namespace '${namespace}' is not supported.`;
    if (networkMode === "host" && namespace.startsWith("net.")) {
      return `System control '${namespace}' is not supported when networkMode=host.`;
    }
    return ipcMode === "host" && !namespace.startsWith("net.")
      ? `System control '${namespace}' is not supported when ipcMode=host.`
      : null;
  }),
);

const timeouts = containerRule("timeouts", ({ startTimeout = 2, stopTimeout = 2 }) => {
  if (startTimeout < 0) return "Container startTimeout should not be negative.";
  return stopTimeout < 0 ? "Container stopTimeout should not be negative." : null;
});

const linuxParameters = containerRule("linux parameters", ({ linuxParameters: linux }) => {
  if (!linux) return null;
  const { devices = [], tmpfs = [], sharedMemorySize = 0, maxSwap = 0, swappiness = 0 } = linux;
  if (devices.some(({ hostPath }) => !hostPath)) return "Device.hostPath should not be null or empty.";
  if (tmpfs.some(({ containerPath }) => !containerPath)) {
    return "Tmpfs.containerPath should not be null or empty.";
  }
  if (tmpfs.some(({ size }) => !(size > 0))) return "Tmpfs.size should be greater than 0.";
  if (sharedMemorySize < 0 || maxSwap < 0) {
    return "LinuxParameters.sharedMemorySize and maxSwap should not be negative.";
  }
  return isWithin(swappiness, 0, 100) ? null : "LinuxParameters.swappiness should be between 0 and 100.";
});

const resourceRequirements = containerRule("resource requirements", ({ resourceRequirements = [] }, task) =>
  firstError(resourceRequirements, ({ type, value = "" }) => {
    const unknown = oneOf("resource type", type ?? "", ["GPU", "InferenceAccelerator", "NeuronDevice"]);
    if (unknown) return unknown;
    if (type === "GPU") {
      return /^[1-9]\d{0,4}$/.test(value) ? null : `Invalid value '${value}' for resource requirement GPU.`;
    }
    if (type === "NeuronDevice") {
      return value === "ALL" ? null : "The value of resource requirement NeuronDevice must be 'ALL'.";
    }
    return task.inferenceAccelerators?.some(({ deviceName }) => deviceName === value)
      ? null
      : `Unknown inference accelerator '${value}'.`;
  }),
);

const neuronDevices: Rule = {
  name: "one container with Neuron devices",
  check: ({ containerDefinitions }) =>
    containerDefinitions.filter((c) => c.resourceRequirements?.some(({ type }) => type === "NeuronDevice"))
      .length > 1
      ? "Only one container of a task definition can require NeuronDevice."
      : null,
};

const credentialSpecs = containerRule("credential specs", ({ credentialSpecs = [] }) => {
  if (credentialSpecs.length > 1) return "Only one credential spec can be specified for a container.";
  return firstError(credentialSpecs, (spec) =>
    /^credentialspec(domainless)?:/.test(spec) ? null : `Invalid credential spec '${spec}'.`,
  );
});

const versionConsistency = containerRule("version consistency", ({ versionConsistency }) =>
  oneOf("version consistency", versionConsistency, ["enabled", "disabled"]),
);

export const containerRules: readonly Rule[] = [
  count,
  name,
  image,
  uniqueNames,
  essential,
  healthCheck,
  restartPolicy,
  ulimits,
  systemControls,
  timeouts,
  linuxParameters,
  resourceRequirements,
  neuronDevices,
  credentialSpecs,
  versionConsistency,
];
