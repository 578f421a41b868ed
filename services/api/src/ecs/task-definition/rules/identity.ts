/** Rules about the definition as a whole: its family, roles, modes, platform, placement and size. */
import { firstError, oneOf, type Rule } from "../rule.ts";

const FAMILY = /^[A-Za-z0-9_-]{1,255}$/;
/** AWS takes a role's ARN or its bare name. */
const ROLE = /^(arn:aws[a-z-]*:iam::\d{12}:role\/)?[\w+=,.@/-]+$/;
const LAUNCH_TYPES = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"] as const;
const OS_FAMILY =
  /^(LINUX|WINDOWS_SERVER_(2004_CORE|2016_FULL|2019_(CORE|FULL)|2022_(CORE|FULL)|2025_(CORE|FULL)|20H2_CORE))$/;
const SIZE_MAX_BYTES = 65_536;
const CONSTRAINTS_MAX = 10;
const EXPRESSION_MAX = 2000;

const family: Rule = {
  name: "family",
  check: ({ family }) => {
    if (family === "") return "Family should not be null or empty.";
    return FAMILY.test(family) ? null : "Family contains invalid characters.";
  },
};

const roles: Rule = {
  name: "roles",
  check: ({ taskRoleArn, executionRoleArn }) =>
    [executionRoleArn, taskRoleArn].every((role) => role === undefined || ROLE.test(role))
      ? null
      : "Role is not valid",
};

const modes: Rule = {
  name: "modes",
  check: ({ networkMode, pidMode, ipcMode, requiresCompatibilities = [] }) =>
    firstError(requiresCompatibilities, (type) => oneOf("launch type", type, LAUNCH_TYPES)) ??
    oneOf("network mode", networkMode, ["awsvpc", "bridge", "host", "none"]) ??
    oneOf("pid mode", pidMode, ["host", "task"]) ??
    oneOf("ipc mode", ipcMode, ["host", "task", "none"]),
};

const runtimePlatform: Rule = {
  name: "runtime platform",
  check: ({ runtimePlatform }) => {
    const { cpuArchitecture, operatingSystemFamily: family = "LINUX" } = runtimePlatform ?? {};
    if (!OS_FAMILY.test(family)) return `Invalid operating system family '${family}'.`;
    if (cpuArchitecture === "ARM64" && family !== "LINUX") {
      return `CPU architecture ARM64 is not supported for operating system family ${family}.`;
    }
    return oneOf("cpu architecture", cpuArchitecture, ["X86_64", "ARM64"]);
  },
};

const placementConstraints: Rule = {
  name: "placement constraints",
  check: ({ placementConstraints }) =>
    placementConstraints.length > CONSTRAINTS_MAX
      ? `Too many placement constraints. The maximum is ${CONSTRAINTS_MAX}.`
      : firstError(placementConstraints, ({ type, expression }) => {
          const unknown = oneOf("placement constraint type", type ?? "", ["memberOf"]);
          if (unknown) return unknown;
          if (!expression) return "Expression should not be null or empty for placement constraint memberOf.";
          return expression.length > EXPRESSION_MAX
            ? `Expression should be at most ${EXPRESSION_MAX} characters.`
            : null;
        }),
};

/** https://docs.aws.amazon.com/app-mesh/latest/userguide/proxy-authorization.html */
const proxyConfiguration: Rule = {
  name: "proxy configuration",
  check: ({ proxyConfiguration: proxy, containerDefinitions, networkMode }) => {
    if (!proxy) return null;
    const given = new Map((proxy.properties ?? []).map(({ name, value }) => [name, value]));
    if (!containerDefinitions.some(({ name }) => name === proxy.containerName)) {
      return `The container '${proxy.containerName}' of the proxy configuration does not exist in the task definition.`;
    }
    if (networkMode !== "awsvpc") return "Proxy configuration is only supported when networkMode=awsvpc.";
    const missing = ["ProxyIngressPort", "ProxyEgressPort", "AppPorts"].find((name) => !given.get(name));
    if (missing) return `Proxy configuration requires property ${missing}.`;
    return given.get("IgnoredUID") || given.get("IgnoredGID")
      ? oneOf("proxy configuration type", proxy.type, ["APPMESH"])
      : "Proxy configuration requires property IgnoredUID or IgnoredGID.";
  },
};

const ephemeralStorage: Rule = {
  name: "ephemeral storage",
  check: ({ ephemeralStorage }) => {
    if (!ephemeralStorage) return null;
    if (!(ephemeralStorage.sizeInGiB >= 21)) return "EphemeralStorage size should be at least 21";
    return ephemeralStorage.sizeInGiB <= 200 ? null : "EphemeralStorage size should be at most 200";
  },
};

/** Of what is registered; overrides may add their own 8 KiB later. */
export const totalSize: Rule = {
  name: "total size",
  check: (definition) =>
    Buffer.byteLength(JSON.stringify(definition)) > SIZE_MAX_BYTES
      ? `Task definition is too large. The maximum size is ${SIZE_MAX_BYTES} bytes.`
      : null,
};

/** Neither a container nor the database can hold NUL or half a surrogate pair. */
const storableText: Rule = {
  name: "text",
  check: (definition) =>
    isStorable(definition) ? null : "Task definition contains characters that are not valid.",
};

function isStorable(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("\0") && value.isWellFormed();
  if (value === null || typeof value !== "object") return true;
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorable(member));
}

export const identityRules: readonly Rule[] = [
  family,
  roles,
  modes,
  runtimePlatform,
  placementConstraints,
  proxyConfiguration,
  ephemeralStorage,
  storableText,
];
