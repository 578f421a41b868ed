/** The plain data that `reconcile` decides on and answers with; the deployer loads the one and commits the other. */
import type { DesiredStatus, HealthStatus, TaskStatus } from "@roadstead/model/task";
import type { CircuitBreaker } from "./circuit-breaker.ts";

/** All times are milliseconds since the epoch on the database's clock. */
export interface ServiceSnapshot {
  readonly nowMs: number;
  readonly service: ServiceState;
  readonly limits: BandLimits;
  /** Exactly one PRIMARY; the others are older, newest first. INACTIVE ones are left out. */
  readonly deployments: readonly DeploymentState[];
  /** All that are not STOPPED, with PLACING ones. */
  readonly tasks: readonly ServiceTask[];
  readonly instances: readonly ServiceInstance[];
  /** Placements that failed since the last pass; their tasks are gone. */
  readonly launchFailures: readonly LaunchFailure[];
  readonly settings: {
    /** A task without a health check counts as healthy this long after it runs. */
    readonly healthyAfterMs: number;
  };
}

export interface ServiceState {
  readonly id: string;
  readonly name: string;
  readonly status: ServiceStatus;
  readonly schedulingStrategy: "REPLICA" | "DAEMON";
  readonly desiredCount: number;
  readonly healthCheckGracePeriodMs: number;
  /** When "has reached a steady state" was last said; null while the service is not steady. */
  readonly steadyAtMs: number | null;
  /** What was said of late; keeps the service from repeating itself. */
  readonly notices: readonly ServiceNotice[];
  readonly placement: PlacementBackOff;
  /** Null while it is off. */
  readonly circuitBreaker: CircuitBreaker | null;
  /** Some deployment before the PRIMARY has completed, so that there is something to go back to. */
  readonly hasCompleted: boolean;
}

export type ServiceStatus = "ACTIVE" | "DRAINING" | "INACTIVE";

export interface ServiceNotice {
  readonly message: string;
  readonly atMs: number;
}

/** Failed placements in a row, and when the last of them was seen. */
export interface PlacementBackOff {
  readonly failedAtMs: number | null;
  readonly attempts: number;
}

export interface BandLimits {
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
}

export interface DeploymentState {
  /** `ecs-svc/<digits>`. */
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE";
  readonly rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  readonly createdAtMs: number;
  /** An essential container of its tasks defines a health check. */
  readonly hasHealthCheck: boolean;
  /** Tasks in a row that never ran. */
  readonly startFailures: number;
  readonly lastStartFailureAtMs: number | null;
  /** Tasks that failed while it is under way, since one was last seen healthy. */
  readonly failedTasks: number;
  /** When the newest of its tasks that were ever seen healthy was made. */
  readonly provenAtMs: number | null;
  /** It brings back what a failed one was to replace. */
  readonly isRollback: boolean;
}

export interface ServiceTask {
  readonly id: string;
  readonly deploymentId: string;
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: DesiredStatus;
  readonly health: HealthStatus;
  readonly startedAtMs: number | null;
  readonly createdAtMs: number;
  /** A daemon's PLACING task names the instance that it is meant for. */
  readonly instanceId: string | null;
}

export interface ServiceInstance {
  readonly id: string;
  readonly status: "ACTIVE" | "DRAINING";
  /** Meets the service's constraints and its tasks' required attributes; matters for daemons. */
  readonly eligible: boolean;
  /** Others' tasks live there still; a daemon's task leaves a DRAINING instance last. */
  readonly hasOtherTasks?: boolean;
}

export interface LaunchFailure {
  readonly deploymentId: string;
  readonly count: number;
  /** As `place()` gives it: `RESOURCE:CPU`, `NO ACTIVE INSTANCES`, ... */
  readonly reason: string;
  readonly instanceId: string | null;
  readonly detail: string | null;
}

export interface ReconcileDecision {
  readonly starts: readonly TaskStart[];
  readonly stops: readonly TaskStop[];
  readonly deployments: readonly DeploymentChange[];
  readonly tally: FailureTally | null;
  /** A deployment of the last completed revision begins in place of the PRIMARY, which failed. */
  readonly rollBack: boolean;
  /** A daemon's number of eligible instances, when it is not what the service says. */
  readonly desiredCount: number | null;
  /** Texts of service events in the order in which they are to be said. */
  readonly messages: readonly string[];
  readonly steadyAtMs: number | null;
  readonly status: ServiceStatus;
  readonly placement: PlacementBackOff;
  /** The next moment at which time alone changes the decision. */
  readonly wakeAtMs: number | null;
}

export interface TaskStart {
  readonly deploymentId: string;
  readonly count: number;
  /** Of a daemon: one task on each. */
  readonly instanceIds: readonly string[] | null;
  /** How many of them take the place of an unhealthy task. */
  readonly replacedUnhealthy: number;
}

export interface TaskStop {
  readonly taskId: string;
  readonly reason: string;
}

export interface DeploymentChange {
  readonly id: string;
  /** INACTIVE: an old one whose last task is gone, or any of a deleted service. */
  readonly change: "COMPLETED" | "INACTIVE" | "FAILED";
  readonly reason: string;
}

/** What becomes of a deployment's count of failures. */
export interface FailureTally {
  readonly deploymentId: string;
  /** To be added: failures that are counted meanwhile stay counted. */
  readonly failed: number;
  readonly provenAtMs: number | null;
}
