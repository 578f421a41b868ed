/** Rows as the pure renderer takes them: addresses that can be bound, attributes read, machines as addresses. */
import { isIPv4 } from "node:net";
import { haproxyFiles } from "@roadstead/balancing/installation-files";
import type { BalancerSnapshot, Endpoint, Group, Listener, Target } from "@roadstead/balancing/snapshot";
import type {
  LoadedBalancer,
  LoadedBalancers,
  LoadedGroup,
  LoadedListener,
  LoadedTarget,
} from "@roadstead/db/configure-balancers";
import { DEFAULT_SSL_POLICY, findSslPolicy } from "@roadstead/model/ssl-policy";
import { type Bound, endpointKey } from "./bindable.ts";
import { headerHandling } from "./header-handling.ts";
import type { ListenerCertificates } from "./listener-certificates.ts";

/**
 * A task's published port on our own host, by the engine's proxy: tasks in bridge mode see the engine and not the balancer.
 * Addresses of the pool lead there too, but only while the route to the pool is there; without it connections hang.
 */
const OWN_HOST = "127.0.0.1";
const EVERYBODY = "0.0.0.0/0";
const IDLE_TIMEOUT_SECONDS = 60;
const DEREGISTRATION_DELAY_SECONDS = 300;
const STICKINESS_SECONDS = 86_400;

export const listenerEndpoints = ({ balancers, listeners }: LoadedBalancers): readonly Endpoint[] =>
  listeners.flatMap((listener) =>
    addressesOf(balancers, listener.loadBalancerId).map((address) => ({ address, port: listener.port })),
  );

const addressesOf = (balancers: readonly LoadedBalancer[], id: string): readonly string[] => {
  const balancer = balancers.find((candidate) => candidate.id === id);
  return balancer ? [balancer.address, balancer.loopbackAddress] : [];
};

export const targetAddresses = ({ groups }: LoadedBalancers): readonly string[] =>
  groups.flatMap((group) => group.targets.flatMap((target) => addressOf(group, target) ?? []));

/** A listener that can be opened nowhere is left out: HAProxy would refuse all of them for it. */
export function balancerSnapshot(
  loaded: LoadedBalancers,
  found: {
    readonly bound: Bound;
    readonly certificates: ListenerCertificates;
    /** Addresses of targets that are on this machine. */
    readonly here: ReadonlySet<string>;
    /** HAProxy's. */
    readonly folder: string;
  },
): BalancerSnapshot {
  const { usable } = found.bound;
  const idleOf = (id: string | null) => {
    const attributes = loaded.balancers.find((balancer) => balancer.id === id)?.attributes;
    return numberOf(attributes?.["idle_timeout.timeout_seconds"], IDLE_TIMEOUT_SECONDS);
  };
  const listeners = loaded.listeners.flatMap((listener): Listener[] => {
    const addresses = addressesOf(loaded.balancers, listener.loadBalancerId).filter((address) =>
      usable.has(endpointKey({ address, port: listener.port })),
    );
    const tls = tlsOf(loaded, listener, found.certificates);
    if (addresses.length === 0 || tls === undefined) return [];
    const { id, port, defaultActions, rules } = listener;
    const idleTimeoutSeconds = idleOf(listener.loadBalancerId);
    const ingress = ingressOf(loaded, listener, { addresses, folder: found.folder });
    const balancer = loaded.balancers.find((candidate) => candidate.id === listener.loadBalancerId);
    const headers = headerHandling(balancer?.attributes ?? {}, listener.attributes);
    return [{ id, port, tls, ingress, addresses, headers, defaultActions, rules, idleTimeoutSeconds }];
  });
  const groups = loaded.groups
    .filter(({ loadBalancerId }) => loadBalancerId !== null)
    .map((group) => {
      const balancer = loaded.balancers.find(({ id }) => id === group.loadBalancerId);
      const pooled = balancer && isOwn(balancer.address, found.bound) ? balancer.address : null;
      const targets = targetsOf(group);
      // HAProxy has one address for a whole group, and other machines know no way back to this one.
      const areHere = targets.every(({ address }) => found.here.has(address));
      const idleTimeoutSeconds = idleOf(group.loadBalancerId);
      return groupOf(group, { idleTimeoutSeconds, targets, sourceAddress: areHere ? pooled : null });
    });
  return { listeners, groups };
}

/** Undefined for a listener that has to show a certificate and has none that can be shown. */
function tlsOf(
  { balancers }: LoadedBalancers,
  { id, protocol, loadBalancerId, sslPolicy }: LoadedListener,
  certificates: ListenerCertificates,
): Listener["tls"] | undefined {
  if (protocol === "HTTP") return null;
  const certificateList = certificates.get(id);
  const policy = findSslPolicy(sslPolicy ?? DEFAULT_SSL_POLICY);
  if (certificateList === undefined || policy === undefined) return undefined;
  const attributes = balancers.find((balancer) => balancer.id === loadBalancerId)?.attributes;
  return { certificateList, policy, http2: attributes?.["routing.http2.enabled"] !== "false" };
}

/** Whether a port could be opened at the address, if it were free. */
const isOwn = (address: string, { usable, refused }: Bound): boolean => {
  const isAt = (key: string) => key.startsWith(`${address}:`);
  return (
    [...usable].some(isAt) || [...refused].some(([key, reason]) => isAt(key) && reason !== "EADDRNOTAVAIL")
  );
};

/** The loopback twin is this machine's alone, and lets in whoever is on it. */
function ingressOf(
  { balancers, ingress }: LoadedBalancers,
  { id, loadBalancerId, port }: LoadedListener,
  { addresses, folder }: { readonly addresses: readonly string[]; readonly folder: string },
): Listener["ingress"] {
  const address = balancers.find((balancer) => balancer.id === loadBalancerId)?.address;
  if (address === undefined || !addresses.includes(address)) return null;
  const sources = new Set(
    ingress
      .filter(
        (rule) => rule.loadBalancerId === loadBalancerId && rule.fromPort <= port && port <= rule.toPort,
      )
      .map(({ source }) => source),
  );
  if (sources.has(EVERYBODY)) return null;
  return { address, sources: [...sources].toSorted(), file: `${haproxyFiles(folder).sources}/${id}` };
}

function groupOf(
  group: LoadedGroup,
  more: Pick<Group, "idleTimeoutSeconds" | "sourceAddress" | "targets">,
): Group {
  const { attributes } = group;
  const sticky = attributes["stickiness.enabled"] === "true";
  return {
    id: group.id,
    protocol: group.protocol,
    healthCheck: group.healthCheck,
    algorithm: algorithmOf(attributes["load_balancing.algorithm.type"]),
    stickinessSeconds: sticky
      ? numberOf(attributes["stickiness.lb_cookie.duration_seconds"], STICKINESS_SECONDS)
      : null,
    slowStartSeconds: numberOf(attributes["slow_start.duration_seconds"], 0),
    deregistrationDelaySeconds: numberOf(
      attributes["deregistration_delay.timeout_seconds"],
      DEREGISTRATION_DELAY_SECONDS,
    ),
    ...more,
  };
}

/** Where each target is; a machine that cannot be reached has none. */
export function addressOf(
  { targetType }: Pick<LoadedGroup, "targetType">,
  { targetId, isLocalMachine, machineAddress }: LoadedTarget,
): string | null {
  if (targetType === "ip") return targetId;
  if (isLocalMachine) return OWN_HOST;
  return machineAddress !== null && isOfMachine(machineAddress) ? machineAddress : null;
}

/** Ourselves, the link, a load balancer's address, many at once. */
const MEANS_ANOTHER = /^(0|127|169\.254|198\.18\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|2(2[4-9]|[345]\d))\./;

/** Nothing that means another place to each who uses it: whoever may change a machine's attributes could name ours by that. */
const isOfMachine = (address: string): boolean => isIPv4(address) && !MEANS_ANOTHER.test(address);

function targetsOf(group: LoadedGroup): readonly Target[] {
  return group.targets.flatMap((target): Target[] => {
    const address = addressOf(group, target);
    const { targetId, port, state, health, checkedForMs, drainingForMs } = target;
    return address === null ? [] : [{ targetId, address, port, state, health, checkedForMs, drainingForMs }];
  });
}

function algorithmOf(type: string | undefined): Group["algorithm"] {
  if (type === "least_outstanding_requests") return "leastconn";
  return type === "weighted_random" ? "random" : "roundrobin";
}

function numberOf(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value >= 0 ? value : fallback;
}
