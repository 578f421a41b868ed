/** A machine that has joined a cluster: what it registered and what is left of it. */

export type InstanceStatus = "REGISTERING" | "ACTIVE" | "DRAINING" | "DEREGISTERING" | "INACTIVE";

export interface Attribute {
  readonly name: string;
  readonly value?: string;
}

/** By which an agent says at which address the control plane's network reaches its machine; our own host's says nothing. */
export const ADDRESS_ATTRIBUTE = "roadstead.address";

/** A resource as ECS shows it; only the member its type names is meaningful. */
export interface Resource {
  readonly name: string;
  readonly type: "INTEGER" | "DOUBLE" | "LONG" | "STRINGSET";
  readonly integerValue?: number;
  readonly stringSetValue?: readonly string[];
}

export interface VersionInfo {
  readonly agentVersion?: string;
  readonly agentHash?: string;
  readonly dockerVersion?: string;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type Protocol = "tcp" | "udp";

/** CPU units (1024 per core), MiB, GPU ids and the ports taken from the start. */
export interface InstanceCapacity {
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly gpuIds: readonly string[];
  readonly reservedPorts: readonly { readonly protocol: Protocol; readonly port: number }[];
}

/** Reads the `totalResources` of RegisterContainerInstance. Unknown resources are ignored, as AWS does. */
export function capacityOf(resources: readonly Resource[]): InstanceCapacity {
  const integer = (name: string) => resources.find((r) => r.name === name)?.integerValue ?? 0;
  const set = (name: string) => resources.find((r) => r.name === name)?.stringSetValue ?? [];
  const ports = (name: string, protocol: Protocol) =>
    [...new Set(set(name).map(Number))]
      .filter((port) => Number.isInteger(port) && port > 0 && port <= 65_535)
      .map((port) => ({ protocol, port }));
  return {
    cpu: integer("CPU"),
    memoryMiB: integer("MEMORY"),
    gpuIds: [...set("GPU")],
    reservedPorts: [...ports("PORTS", "tcp"), ...ports("PORTS_UDP", "udp")],
  };
}
