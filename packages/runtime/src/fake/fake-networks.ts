/** The networks of the engine in memory, and which addresses containers have in them; `fake-engine` and `fake-runtime` use it. */
import { RuntimeError } from "../errors.ts";
import type { ContainerInspection, ContainerSpec, NetworkListing, NetworkSpec } from "../runtime.ts";

type Attached = Pick<ContainerInspection, "id" | "name" | "status" | "addresses"> & {
  readonly spec: ContainerSpec;
};

export class FakeNetworks {
  readonly #networks = new Map<string, NetworkSpec>();

  create(network: NetworkSpec): void {
    if (this.#networks.has(network.name)) return;
    const taken = [...this.#networks.values()].some(({ subnet }) => subnet === network.subnet);
    if (taken) throw new RuntimeError("Engine", "Pool overlaps with other one on this address space");
    this.#networks.set(network.name, network);
  }

  remove(name: string, containers: readonly Attached[]): boolean {
    const isUsed = containers.some(({ spec, status }) => status === "running" && name in endpointsOf(spec));
    if (isUsed) return false;
    this.#networks.delete(name);
    return true;
  }

  list(): readonly NetworkListing[] {
    return [...this.#networks.values()].map(({ name, subnet, labels }) => ({
      name,
      subnets: [subnet],
      labels,
    }));
  }

  /** What the container's addresses are once it starts; refuses as the engine does. */
  attach({ spec }: Attached, others: readonly Attached[]): readonly string[] {
    const running = others.filter(({ status }) => status === "running");
    const [, joined] = /^container:(.*)$/.exec(String(spec.body.HostConfig?.NetworkMode ?? "")) ?? [];
    if (joined !== undefined && !running.some(({ id, name }) => id === joined || name === joined)) {
      throw new RuntimeError("Conflict", `cannot join network of a non running container: ${joined}`);
    }
    return Object.entries(endpointsOf(spec)).flatMap(([name, { IPAMConfig }]) => {
      if (!this.#networks.has(name)) throw new RuntimeError("NotFound", `network ${name} not found`);
      const address = IPAMConfig?.IPv4Address;
      if (address && running.some(({ addresses }) => addresses.includes(address))) {
        throw new RuntimeError("PortInUse", "Address already in use");
      }
      return address ? [address] : [];
    });
  }
}

interface Endpoint {
  readonly IPAMConfig?: { readonly IPv4Address?: string };
}

function endpointsOf({ body }: ContainerSpec): Readonly<Record<string, Endpoint>> {
  const { EndpointsConfig = {} } = (body.NetworkingConfig ?? {}) as {
    readonly EndpointsConfig?: Readonly<Record<string, Endpoint>>;
  };
  return EndpointsConfig;
}
