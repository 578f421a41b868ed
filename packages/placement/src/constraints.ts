/** Turns a task's placement constraints into filters over the batch's live state. Called by `place` once per group of equal tasks. */
import { attributesOf, type Candidate, groupsOf, taskCountOf } from "./candidate.ts";
import type { Filter } from "./fit.ts";
import { type Expression, evaluateWith, parseExpression, type SubjectLookup } from "./query-language.ts";
import type { PlacementConstraint } from "./snapshot.ts";

export function constraintFilters(constraints: readonly PlacementConstraint[]): readonly Filter[] {
  return constraints.map((constraint) =>
    constraint.type === "distinctInstance" ? DISTINCT_INSTANCE : memberOf(constraint.expression ?? ""),
  );
}

/** One task of the group on an instance. */
const DISTINCT_INSTANCE: Filter = {
  reason: "distinctInstance placement constraint unsatisfied.",
  passes: (candidate, task) => taskCountOf(candidate, task.group) === 0,
};

/** An expression that does not parse matches nothing and says why: a stored constraint never widens by being broken. */
function memberOf(text: string): Filter {
  const parsed = parseExpression(text);
  const reason = "MemberOf placement constraint unsatisfied.";
  if (!parsed.ok) return { reason, passes: () => false, detail: () => parsed.error };
  return { reason, passes: (candidate) => matches(parsed.expression, candidate) };
}

function matches(expression: Expression, candidate: Candidate): boolean {
  return evaluateWith(expression, subjectsOf(candidate));
}

function subjectsOf(candidate: Candidate): SubjectLookup {
  const { instance } = candidate;
  return {
    agentConnected: instance.agentConnected,
    agentVersion: instance.agentVersion,
    ec2InstanceId: instance.ec2InstanceId,
    registeredAtMs: instance.registeredAtMs,
    runningTasksCount: instance.runningTasksCount,
    attribute: (name) => attributesOf(candidate).get(name),
    groups: () => groupsOf(candidate),
  };
}
