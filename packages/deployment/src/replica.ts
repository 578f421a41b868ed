/** Plans a REPLICA service's next step: as many tasks of the newest deployment as desired, without leaving the band. */
import { band } from "./band.ts";
import {
  isAtRest,
  isSettled,
  letThrough,
  type Plan,
  provenUseless,
  type StartGate,
  scaleIn,
  serving,
  unhealthyInTheWay,
  wakeOf,
} from "./plan.ts";
import { rosterOf } from "./roster.ts";
import type { DeploymentState, ServiceSnapshot } from "./service-snapshot.ts";

export function planReplica(snapshot: ServiceSnapshot, primary: DeploymentState, gate: StartGate): Plan {
  const desired = snapshot.service.desiredCount;
  const { lower, upper } = band(desired, snapshot.limits);
  const draining = new Set(
    snapshot.instances.filter(({ status }) => status === "DRAINING").map(({ id }) => id),
  );
  const roster = rosterOf(
    snapshot,
    primary,
    ({ instanceId }) => instanceId === null || !draining.has(instanceId),
  );
  const { keep, leave } = roster;
  const scaledIn = scaleIn(roster, desired, lower);
  const wanted = Math.max(0, desired - serving(keep));
  const room = upper - roster.live;
  const count = letThrough(gate, Math.min(wanted, room), keep.starting.length);
  const failed = provenUseless(roster, desired);
  const shortfall = wanted - Math.max(0, room);
  const leaving = [...scaledIn, ...failed];
  if (gate.open && shortfall > 0)
    failed.push(...unhealthyInTheWay(roster, { shortfall, lower, leaving, starts: count }));
  const replacedUnhealthy = Math.max(0, count - Math.max(0, wanted - keep.unhealthy.length));
  return {
    starts: count > 0 ? [{ deploymentId: primary.id, count, instanceIds: null, replacedUnhealthy }] : [],
    scaledIn,
    failed,
    wanted,
    settled: isSettled(roster, desired),
    stuck: wanted > 0 && room <= 0 && leave.healthy.length > 0 && scaledIn.length === 0 && isAtRest(roster),
    wakeAtMs: wakeOf(roster, gate, wanted),
  };
}
