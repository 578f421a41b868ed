/** Rules about ports and about what each network mode leaves to a container. */
import type { PortMapping, TaskDefinition } from "@roadstead/model/task-definition";
import { containerRule, firstDuplicate, firstError, isWithin, oneOf, type Rule } from "../rule.ts";

const PORT_MAX = 65_535;
const RANGES_MAX = 100;
const PORT_NAME = /^[a-z0-9_][a-z0-9_-]{0,63}$/;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The ports a mapping covers; null when it is malformed. */
function spanOf({ containerPort, containerPortRange }: PortMapping): Span | null {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(containerPortRange ?? "") ?? [];
  const span =
    containerPortRange === undefined
      ? { from: containerPort, to: containerPort }
      : { from: Number(from), to: Number(to) };
  const valid = isWithin(span.from ?? 0, 1, PORT_MAX) && isWithin(span.to ?? 0, 1, PORT_MAX);
  return valid ? (span as Span) : null;
}

function mappingError(mapping: PortMapping, networkMode: TaskDefinition["networkMode"]): string | null {
  const { containerPort, containerPortRange: range, hostPort = 0, protocol, name, appProtocol } = mapping;
  const unknown =
    oneOf("port mapping protocol", protocol, ["tcp", "udp"]) ??
    oneOf("port mapping appProtocol", appProtocol, ["http", "http2", "grpc"]);
  if (unknown) return unknown;
  if (appProtocol && protocol !== "tcp")
    return "Port mapping appProtocol is only supported for protocol tcp.";
  if (name !== undefined && !PORT_NAME.test(name)) return `Port mapping name '${name}' is not valid.`;
  if (range !== undefined) return rangeError(mapping, networkMode);
  if (containerPort === undefined) return "Port mapping containerPort should not be null or empty.";
  if (!spanOf(mapping)) return `Invalid container port '${containerPort}'.`;
  return isWithin(hostPort, 0, PORT_MAX) ? null : `Invalid host port '${hostPort}'.`;
}

function rangeError(mapping: PortMapping, networkMode: TaskDefinition["networkMode"]): string | null {
  const { containerPort, containerPortRange, hostPort } = mapping;
  if (containerPort !== undefined)
    return "Only one of containerPort and containerPortRange can be specified.";
  if (hostPort) return "hostPort cannot be specified with containerPortRange.";
  if (networkMode === "host") return "containerPortRange is only supported for networkMode bridge or awsvpc.";
  const span = spanOf(mapping);
  return span && span.from < span.to ? null : `Invalid containerPortRange '${containerPortRange}'.`;
}

const portMappings = containerRule("port mappings", ({ portMappings }, { networkMode }) =>
  firstError(portMappings, (mapping) => mappingError(mapping, networkMode)),
);

const hostPortMatches = containerRule(
  "host port equals container port",
  ({ portMappings }, { networkMode }) => {
    if (networkMode !== "awsvpc" && networkMode !== "host") return null;
    return portMappings.some(
      ({ hostPort, containerPort }) => hostPort !== undefined && hostPort !== containerPort,
    )
      ? `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`
      : null;
  },
);

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html, member `protocol` */
const oneProtocolPerPort = containerRule("one protocol per container port", ({ portMappings }) => {
  const protocols = new Map<number, string>();
  return firstError(portMappings, ({ containerPort, protocol }) => {
    if (containerPort === undefined) return null;
    const other = protocols.get(containerPort);
    protocols.set(containerPort, protocol);
    return other !== undefined && other !== protocol
      ? `Container port ${containerPort} cannot be exposed for multiple protocols.`
      : null;
  });
});

const ranges = containerRule("port ranges", ({ portMappings }) => {
  const ranged = portMappings.filter(({ containerPortRange }) => containerPortRange !== undefined);
  if (ranged.length === 0) return null;
  if (ranged.length > RANGES_MAX) return `A container can have at most ${RANGES_MAX} port ranges.`;
  const sorted = portMappings.flatMap((mapping) => spanOf(mapping) ?? []).sort((a, b) => a.from - b.from);
  const overlap = sorted.find((span, i) => i > 0 && span.from <= (sorted[i - 1]?.to ?? 0));
  return overlap ? "Container port ranges cannot overlap." : null;
});

const portNames: Rule = {
  name: "unique port names",
  check: ({ containerDefinitions }) => {
    const names = containerDefinitions.flatMap((c) => c.portMappings.flatMap(({ name }) => name ?? []));
    const twice = firstDuplicate(names);
    return twice === null ? null : `Port mapping name '${twice}' is used more than once.`;
  },
};

const RESERVED_BY_AWSVPC = {
  links: "Links are not supported when networkMode=awsvpc.",
  hostname: "Hostname is not supported when networkMode=awsvpc.",
  dnsServers: "DNS servers are not supported when networkMode=awsvpc.",
  dnsSearchDomains: "DNS search domains are not supported when networkMode=awsvpc.",
  extraHosts: "Extra hosts are not supported when networkMode=awsvpc.",
  disableNetworking: "Disable networking is not supported when networkMode=awsvpc.",
} as const;

const awsvpc = containerRule("awsvpc settings", (container, { networkMode }) => {
  if (networkMode !== "awsvpc") return null;
  return firstError(Object.entries(RESERVED_BY_AWSVPC), ([member, text]) => {
    const value = container[member as keyof typeof RESERVED_BY_AWSVPC];
    return (Array.isArray(value) ? value.length > 0 : value) ? text : null;
  });
});

/** All containers of an awsvpc or host task share one set of ports. */
const sharedPorts: Rule = {
  name: "ports of a shared network",
  check: ({ networkMode, containerDefinitions }) => {
    if (networkMode !== "awsvpc" && networkMode !== "host") return null;
    const ports = containerDefinitions.flatMap((c) =>
      c.portMappings.flatMap(({ containerPort, protocol }) =>
        containerPort ? `${containerPort}/${protocol}` : [],
      ),
    );
    const twice = firstDuplicate(ports);
    return twice === null
      ? null
      : `When networkMode=${networkMode}, container port ${twice} can be mapped only once in a task definition.`;
  },
};

const none = containerRule("no ports without a network", ({ portMappings }, { networkMode }) =>
  networkMode === "none" && portMappings.length > 0
    ? "Port mappings are not supported when networkMode=none."
    : null,
);

const links = containerRule("links", ({ links = [], name }, { networkMode, containerDefinitions }) => {
  if (links.length === 0) return null;
  if (networkMode === "host" || networkMode === "none")
    return `Links are not supported when networkMode=${networkMode}.`;
  return firstError(links, (link) => {
    const target = link.split(":")[0];
    return target !== name && containerDefinitions.some((other) => other.name === target)
      ? null
      : `Container '${name}' links to '${target}', which does not exist in the task definition.`;
  });
});

export const networkRules: readonly Rule[] = [
  portMappings,
  none,
  awsvpc,
  hostPortMatches,
  oneProtocolPerPort,
  ranges,
  portNames,
  sharedPorts,
  links,
];
