/** What replica and daemon services have in common: when starting is allowed, and who may stop inside the band. */
import { earlier, type Roster, type TaskGroup } from "./roster.ts";
import type { DeploymentState, PlacementBackOff, ServiceTask, TaskStart } from "./service-snapshot.ts";
import { placementWaitMs, startThrottle } from "./start-throttle.ts";
import { stopOrder } from "./stop-order.ts";

/** What a strategy wants done, before it is put into words. */
export interface Plan {
  readonly starts: readonly TaskStart[];
  /** To make room, or because there are too many. */
  readonly scaledIn: readonly ServiceTask[];
  /** Because they are unhealthy. */
  readonly failed: readonly ServiceTask[];
  /** Tasks that the service lacks. */
  readonly wanted: number;
  readonly settled: boolean;
  /** The band leaves no way on, and nothing under way will open one. */
  readonly stuck: boolean;
  readonly wakeAtMs: number | null;
}

/** Whether tasks may be started now: after failures only from some moment on, and then perhaps only one. */
export interface StartGate {
  readonly open: boolean;
  readonly opensAtMs: number | null;
  readonly probing: boolean;
}

/** No deployment waits longer than this or twice as long as it has been failing; doubling waits never come to that. */
const FAIR_WAIT_LEAST_MS = 4_000;

export function startGate(
  nowMs: number,
  primary: DeploymentState,
  placement: PlacementBackOff,
  desired: number,
): StartGate {
  if (primary.rolloutState === "FAILED") return { open: false, opensAtMs: null, probing: false };
  const { waitMs, probing } = startThrottle(primary.startFailures, desired);
  const failedAtMs = primary.lastStartFailureAtMs ?? 0;
  // The failures of a large service say less than they seem to once it is scaled in.
  const fairMs = Math.max(FAIR_WAIT_LEAST_MS, 2 * (failedAtMs - primary.createdAtMs));
  const startableAtMs = failedAtMs + Math.min(waitMs, fairMs);
  const placeableAtMs = (placement.failedAtMs ?? 0) + placementWaitMs(placement.attempts);
  const opensAtMs = Math.max(startableAtMs, placeableAtMs);
  return nowMs >= opensAtMs ? { open: true, opensAtMs: null, probing } : { open: false, opensAtMs, probing };
}

/** How many of `possible` starts the gate lets through; a probe waits for the one before it. */
export function letThrough(gate: StartGate, possible: number, starting: number): number {
  if (!gate.open || possible <= 0) return 0;
  if (!gate.probing) return possible;
  return starting === 0 ? 1 : 0;
}

export const serving = ({ starting, warming, healthy }: TaskGroup): number =>
  starting.length + warming.length + healthy.length;

const healthyCount = ({ keep, leave }: Roster): number => keep.healthy.length + leave.healthy.length;

const everyTask = ({ keep, leave }: Roster): ServiceTask[] =>
  [keep, leave].flatMap((group) => [group.starting, group.warming, group.healthy, group.unhealthy].flat());

/**
 * What leaves, and what is more than desired: those that do not serve first, then older deployments' tasks, then the
 * newest. Healthy ones go only while as many as `lower` remain.
 */
export function scaleIn(roster: Roster, desired: number, lower: number): ServiceTask[] {
  const { keep, leave } = roster;
  const order = stopOrder(everyTask(roster));
  const stops = [...leave.starting, ...leave.unhealthy];
  const surplus = Math.max(0, serving(keep) - desired);
  if (surplus > 0) stops.push(...keep.unhealthy);
  order.take(stops, stops.length);
  const add = (candidates: readonly ServiceTask[], count: number): number => {
    const taken = order.take(candidates, count);
    for (const task of taken) stops.push(task);
    return taken.length;
  };
  // One that runs and may yet turn healthy is worth keeping as long as too few others are.
  add(leave.warming, healthyCount(roster) + leave.warming.length - lower);
  let tooMany = surplus - add(keep.starting, surplus);
  tooMany -= add(keep.warming, tooMany);
  add(leave.healthy, healthyCount(roster) - lower);
  // Nothing else is left of the surplus, so that what remains is as many healthy ones as desired.
  add(keep.healthy, tooMany);
  return stops;
}

/** Unhealthy tasks whose replacements have proved themselves. */
export function provenUseless({ keep }: Roster, desired: number): ServiceTask[] {
  if (serving(keep) > desired) return [];
  return keep.unhealthy.slice(0, Math.max(0, keep.healthy.length + keep.unhealthy.length - desired));
}

export interface Cramp {
  /** Tasks that are wanted and have no room. */
  readonly shortfall: number;
  readonly lower: number;
  readonly leaving: readonly ServiceTask[];
  readonly starts: number;
}

/**
 * Unhealthy tasks that must go first because there is no room for their replacements: one at least, else down to
 * `lower`. What is `leaving` besides makes room as well.
 */
export function unhealthyInTheWay(
  roster: Roster,
  { shortfall, lower, leaving, starts }: Cramp,
): ServiceTask[] {
  const { keep, leave, ending } = roster;
  const running =
    healthyCount(roster) +
    keep.warming.length +
    leave.warming.length +
    keep.unhealthy.length +
    leave.unhealthy.length -
    leaving.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
  const freed = ending + leaving.length;
  const idle = freed === 0 && starts === 0 && keep.starting.length === 0;
  const allowed = running > lower ? running - lower : Number(idle);
  const gone = new Set(leaving);
  const candidates = keep.unhealthy.filter((task) => !gone.has(task));
  return candidates.slice(0, Math.max(0, Math.min(shortfall - freed, allowed)));
}

/** Nothing is on its way that could open the band. */
export const isAtRest = ({ keep, leave, ending }: Roster): boolean =>
  ending === 0 &&
  keep.starting.length + keep.warming.length + keep.unhealthy.length + leave.warming.length === 0;

export const wakeOf = (roster: Roster, gate: StartGate, wanted: number): number | null =>
  earlier(roster.nextTurnAtMs, wanted > 0 ? gate.opensAtMs : null);

/** As many healthy tasks as desired, and nobody else but those that stop already. */
export const isSettled = ({ keep, leave }: Roster, desired: number): boolean =>
  keep.healthy.length === desired &&
  serving(keep) === desired &&
  keep.unhealthy.length + serving(leave) + leave.unhealthy.length === 0;
