/** Rows as the pure renderer takes them: addresses that can be bound, attributes read, machines as addresses. */
import type { BalancerSnapshot, Endpoint, Group, Listener, Target } from "@roadstead/balancing/snapshot";
import type {
  LoadedBalancer,
  LoadedBalancers,
  LoadedGroup,
  LoadedListener,
} from "@roadstead/db/configure-balancers";
import { DEFAULT_SSL_POLICY, findSslPolicy } from "@roadstead/model/ssl-policy";
import { type Bound, endpointKey } from "./bindable.ts";
import type { ListenerCertificates } from "./listener-certificates.ts";

/** A task's published port on our own host. */
const OWN_HOST = "127.0.0.1";
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

/** A listener that can be opened nowhere is left out: HAProxy would refuse all of them for it. */
export function balancerSnapshot(
  loaded: LoadedBalancers,
  { usable }: Bound,
  certificates: ListenerCertificates,
): BalancerSnapshot {
  const idleOf = (id: string | null) => {
    const attributes = loaded.balancers.find((balancer) => balancer.id === id)?.attributes;
    return numberOf(attributes?.["idle_timeout.timeout_seconds"], IDLE_TIMEOUT_SECONDS);
  };
  const listeners = loaded.listeners.flatMap((listener): Listener[] => {
    const addresses = addressesOf(loaded.balancers, listener.loadBalancerId).filter((address) =>
      usable.has(endpointKey({ address, port: listener.port })),
    );
    const tls = tlsOf(loaded, listener, certificates);
    if (addresses.length === 0 || tls === undefined) return [];
    const { id, port, defaultActions, rules } = listener;
    const idleTimeoutSeconds = idleOf(listener.loadBalancerId);
    return [{ id, port, tls, addresses, defaultActions, rules, idleTimeoutSeconds }];
  });
  const groups = loaded.groups
    .filter(({ loadBalancerId }) => loadBalancerId !== null)
    .map((group) => groupOf(group, idleOf(group.loadBalancerId)));
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

function groupOf(group: LoadedGroup, idleTimeoutSeconds: number): Group {
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
    idleTimeoutSeconds,
    targets: group.targets.flatMap((target): Target[] => {
      const address = group.targetType === "ip" ? target.targetId : OWN_HOST;
      const reachable = group.targetType === "ip" || target.isLocalMachine;
      const { targetId, port, state, health, registeredForMs, drainingForMs } = target;
      return reachable ? [{ targetId, address, port, state, health, registeredForMs, drainingForMs }] : [];
    }),
  };
}

function algorithmOf(type: string | undefined): Group["algorithm"] {
  if (type === "least_outstanding_requests") return "leastconn";
  return type === "weighted_random" ? "random" : "roundrobin";
}

function numberOf(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value >= 0 ? value : fallback;
}
