/** What is said of balancers and of targets that no HAProxy server stands for; passes commit it. */

import type { LoadedBalancer, LoadedBalancers, LoadedListener } from "@roadstead/db/configure-balancers";
import type { BalancerState, TargetHealthReport } from "@roadstead/db/target-health";
import { addressOf } from "./balancer-snapshot.ts";
import { type Bound, endpointKey } from "./bindable.ts";
import type { ListenerCertificates } from "./listener-certificates.ts";

/** A balancer is active when each of its listeners is open somewhere. */
export function balancerStates(
  loaded: LoadedBalancers,
  bound: Bound,
  certificates: ListenerCertificates,
): readonly BalancerState[] {
  return loaded.balancers.flatMap((balancer) => {
    const problems = loaded.listeners
      .filter(({ loadBalancerId }) => loadBalancerId === balancer.id)
      .flatMap((listener) => problemAt(balancer, listener, bound, certificates));
    const reason = problems[0] ?? null;
    const state = reason === null ? "active" : "active_impaired";
    return balancer.state === state && balancer.stateReason === reason
      ? []
      : [{ id: balancer.id, state, reason }];
  });
}

function problemAt(
  balancer: LoadedBalancer,
  { id, port, protocol }: LoadedListener,
  bound: Bound,
  certificates: ListenerCertificates,
): readonly string[] {
  if (protocol === "HTTPS" && !certificates.has(id))
    return [`Port ${port} is not served: its certificate cannot be used`];
  const endpoints = [balancer.address, balancer.loopbackAddress].map((address) =>
    endpointKey({ address, port }),
  );
  if (endpoints.some((endpoint) => bound.usable.has(endpoint))) return [];
  const [first = ""] = endpoints.slice(-1);
  return [`Port ${port} cannot be opened (${bound.refused.get(first) ?? "unknown"})`];
}

/** Targets of groups that no listener uses, and machines whose ports cannot be reached from here. */
export function unservedTargets(loaded: LoadedBalancers): readonly TargetHealthReport[] {
  return loaded.groups.flatMap((group) =>
    group.targets.flatMap((target): TargetHealthReport[] => {
      const key = { groupId: group.id, targetId: target.targetId, port: target.port };
      if (group.loadBalancerId === null)
        return [{ ...key, state: "unused", reason: "Target.NotInUse", description: NOT_IN_USE }];
      if (addressOf(group, target) !== null) return [];
      return [{ ...key, state: "unused", reason: "Target.InvalidState", description: NOT_REACHABLE }];
    }),
  );
}

const NOT_IN_USE = "Target group is not configured to receive traffic from the load balancer";
const NOT_REACHABLE = "Target is on a machine that the load balancer cannot reach by its instance id";

/** Targets of those two kinds have nothing to drain. */
export const unservedDrained = (loaded: LoadedBalancers) =>
  loaded.groups.flatMap((group) =>
    group.targets
      .filter(
        (target) =>
          target.state === "draining" && (group.loadBalancerId === null || addressOf(group, target) === null),
      )
      .map(({ targetId, port }) => ({ groupId: group.id, targetId, port })),
  );
