/** Plans a DAEMON service's next step: one task on each ACTIVE instance that suits it, replaced by stopping first. */
import { band } from "./band.ts";
import {
  isAtRest,
  isSettled,
  letThrough,
  type Plan,
  type StartGate,
  scaleIn,
  serving,
  unhealthyInTheWay,
  wakeOf,
} from "./plan.ts";
import { isEnding, rosterOf } from "./roster.ts";
import type { DeploymentState, ServiceInstance, ServiceSnapshot, ServiceTask } from "./service-snapshot.ts";

export const daemonInstanceIds = (instances: readonly ServiceInstance[]): string[] =>
  instances.filter(({ status, eligible }) => status === "ACTIVE" && eligible).map(({ id }) => id);

/** The band is counted on the instances that should have a task; those elsewhere leave whatever it says. */
export function planDaemon(snapshot: ServiceSnapshot, primary: DeploymentState, gate: StartGate): Plan {
  const instanceIds = daemonInstanceIds(snapshot.instances);
  const wantedOn = new Set(instanceIds);
  const belongs = ({ instanceId }: ServiceTask) => instanceId === null || wantedOn.has(instanceId);
  const tasks = snapshot.tasks.filter(belongs);
  const desired = instanceIds.length;
  const { lower } = band(desired, snapshot.limits);
  const roster = rosterOf({ ...snapshot, tasks }, primary, () => true);
  const { keep, leave } = roster;
  const scaledIn = scaleIn(roster, desired, lower);
  const uncovered = uncoveredBy(tasks, instanceIds);
  const count = letThrough(gate, uncovered.length, keep.starting.length);
  const mayReplace = gate.open && serving(keep) <= desired;
  const failed = mayReplace
    ? unhealthyInTheWay(roster, { shortfall: desired, lower, leaving: scaledIn, starts: count })
    : [];
  const strays = straysOf(snapshot, wantedOn);
  return {
    starts: count > 0 ? [startOn(pick(uncovered, count, primary.startFailures), primary.id)] : [],
    scaledIn: [...strays.stopping, ...scaledIn],
    failed,
    wanted: uncovered.length,
    settled: strays.all.length === 0 && isSettled(roster, desired),
    stuck: leave.healthy.length > 0 && uncovered.length === 0 && scaledIn.length === 0 && isAtRest(roster),
    wakeAtMs: wakeOf(roster, gate, uncovered.length),
  };
}

const startOn = (instanceIds: readonly string[], deploymentId: string) => ({
  deploymentId,
  count: instanceIds.length,
  instanceIds,
  replacedUnhealthy: 0,
});

/** Instances without any live task: one that is stopping still has its place. */
function uncoveredBy(tasks: readonly ServiceTask[], instanceIds: readonly string[]): string[] {
  // Nobody knows yet where such a task will be, and a second one there would be one too many.
  if (tasks.some((task) => task.instanceId === null && !isEnding(task))) return [];
  const covered = new Set(tasks.map(({ instanceId }) => instanceId));
  return instanceIds.filter((id) => !covered.has(id));
}

/** A probe goes round the instances, so that one which cannot start anything does not keep the others waiting. */
const pick = (instanceIds: readonly string[], count: number, turn: number): readonly string[] =>
  count >= instanceIds.length
    ? instanceIds
    : Array.from({ length: count }, (_, i) => instanceIds[(turn + i) % instanceIds.length] as string);

/** Tasks where none should be. On an instance that drains, one that runs stays until the others' tasks are gone. */
function straysOf(
  { tasks, instances }: ServiceSnapshot,
  wantedOn: ReadonlySet<string>,
): { all: ServiceTask[]; stopping: ServiceTask[] } {
  const busy = new Set(
    instances.filter((i) => i.status === "DRAINING" && i.hasOtherTasks).map(({ id }) => id),
  );
  const all = tasks.filter(
    (task) => task.instanceId !== null && !wantedOn.has(task.instanceId) && !isEnding(task),
  );
  const stopping = all.filter(
    ({ lastStatus, instanceId }) => lastStatus !== "RUNNING" || !busy.has(instanceId ?? ""),
  );
  return { all, stopping };
}
