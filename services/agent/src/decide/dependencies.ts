/** Decides whether a container may start and which must stop before it; the order of a task's start and stop follows. */
import {
  type ContainerRecord,
  type ContainerSpec,
  type DependencyCondition,
  recordOf,
  specOf,
  type TaskRecord,
} from "./task.ts";

export type Readiness =
  | { readonly kind: "ready" }
  /** `until` is when waiting ends in failure; null when nothing bounds it. */
  | { readonly kind: "waiting"; readonly until: number | null }
  | { readonly kind: "never"; readonly reason: string };

interface Dependency {
  readonly containerName: string;
  readonly condition: DependencyCondition;
}

/** Links and borrowed volumes need their container to be there, which is START. */
function dependenciesOf(container: ContainerSpec): readonly Dependency[] {
  const start = (containerName: string): Dependency => ({ containerName, condition: "START" });
  return [
    ...container.dependsOn,
    ...container.links.map((link) => start(link.split(":")[0] ?? link)),
    ...container.volumesFrom.map(({ sourceContainer }) => start(sourceContainer)),
  ];
}

export function readinessOf(task: TaskRecord, container: ContainerSpec, now: number): Readiness {
  let until: number | null = null;
  let waiting = false;
  for (const dependency of dependenciesOf(container)) {
    const verdict = dependencyVerdict(task, dependency, now);
    if (verdict.kind === "never") return verdict;
    if (verdict.kind === "ready") continue;
    waiting = true;
    if (verdict.until !== null) until = Math.min(until ?? verdict.until, verdict.until);
  }
  return waiting ? { kind: "waiting", until } : { kind: "ready" };
}

function dependencyVerdict(
  task: TaskRecord,
  { containerName, condition }: Dependency,
  now: number,
): Readiness {
  const on = recordOf(task, containerName);
  const never: Readiness = {
    kind: "never",
    reason: `TaskDependencyError: container ${containerName} did not reach ${condition}, taskArn: ${task.spec.arn}`,
  };
  if (!on) return never;
  if (isMet(on, condition)) return { kind: "ready" };
  if (on.phase === "STOPPED") return never;
  const seconds = specOf(task, containerName)?.startTimeoutSeconds ?? null;
  if (condition === "START" || seconds === null || on.startedAt === null)
    return { kind: "waiting", until: null };
  const until = on.startedAt + seconds * 1_000;
  return now >= until ? never : { kind: "waiting", until };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html */
function isMet(on: ContainerRecord, condition: DependencyCondition): boolean {
  switch (condition) {
    case "START":
      return on.phase === "RUNNING" || on.startedAt !== null;
    case "COMPLETE":
      return on.phase === "STOPPED" && on.exitCode !== null;
    case "SUCCESS":
      return on.phase === "STOPPED" && on.exitCode === 0;
    case "HEALTHY":
      return on.phase === "RUNNING" && on.health === "HEALTHY";
  }
}

/** A container outlives all that depend on it. */
export function mayStop(task: TaskRecord, name: string): boolean {
  return task.spec.containers.every(
    (other) =>
      other.name === name ||
      recordOf(task, other.name)?.phase === "STOPPED" ||
      !dependenciesOf(other).some(({ containerName }) => containerName === name),
  );
}
