/** Decides, from what the API says of a service beside what the engine runs, whether it is what was asked for. Pure. */
import {
  type SeenContainer,
  type SeenInstance,
  type SeenTask,
  untruths,
  type Violation,
} from "./invariants.ts";

/** What the last acknowledged request asked for. */
export interface ServiceWish {
  readonly desiredCount: number;
  readonly taskDefinition: string;
}

export interface SeenDeployment {
  readonly id: string;
  readonly status: string;
  readonly rolloutState: string;
  readonly taskDefinition: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
}

export interface SeenService {
  readonly name: string;
  readonly status: string;
  readonly desiredCount: number;
  readonly deployments: readonly SeenDeployment[];
}

export interface ServiceTask extends SeenTask {
  readonly startedBy: string | null;
}

export interface ServiceSnapshot {
  readonly wish: ServiceWish;
  /** Null when the API knows of none. */
  readonly service: SeenService | null;
  readonly tasks: readonly ServiceTask[];
  readonly containers: readonly SeenContainer[];
  readonly instances: readonly SeenInstance[];
}

/** Everything that must hold once the service had the time to become what was asked for. */
export function serviceViolations(seen: ServiceSnapshot): readonly Violation[] {
  const { service, wish } = seen;
  if (!service) return [{ invariant: "I1", about: "service", what: "was acknowledged and is not known" }];
  const broken = (invariant: Violation["invariant"], what: string): Violation => ({
    invariant,
    about: service.name,
    what,
  });
  const wrong = [
    ...lostWishes(service, wish).map((what) => broken("I1", what)),
    ...unfinished(service).map((what) => broken("I4", what)),
  ];
  const [primary] = service.deployments;
  const running = seen.tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
  const current = running.filter(({ startedBy }) => startedBy === primary?.id);
  if (running.length !== wish.desiredCount)
    wrong.push(broken("I4", `runs ${running.length} tasks of ${wish.desiredCount}`));
  if (current.length !== running.length)
    wrong.push(broken("I4", `runs ${running.length - current.length} tasks of older deployments`));
  return [...wrong, ...untruths(seen)];
}

function lostWishes(service: SeenService, wish: ServiceWish): readonly string[] {
  const [primary] = service.deployments;
  const wrong: string[] = [];
  if (service.status !== "ACTIVE") wrong.push(`is ${service.status}`);
  if (service.desiredCount !== wish.desiredCount)
    wrong.push(`wants ${service.desiredCount} tasks, was last told to want ${wish.desiredCount}`);
  if (primary?.taskDefinition !== wish.taskDefinition)
    wrong.push(`rolls ${primary?.taskDefinition}, was last told ${wish.taskDefinition}`);
  return wrong;
}

function unfinished({ deployments }: SeenService): readonly string[] {
  const [primary, ...older] = deployments;
  if (!primary) return ["has no deployment"];
  const wrong: string[] = [];
  if (older.length > 0) wrong.push(`has ${deployments.length} deployments`);
  if (primary.rolloutState !== "COMPLETED") wrong.push(`its deployment is ${primary.rolloutState}`);
  if (primary.runningCount !== primary.desiredCount || primary.pendingCount !== 0)
    wrong.push(
      `counts ${primary.runningCount} running and ${primary.pendingCount} pending of ${primary.desiredCount}`,
    );
  return wrong;
}
