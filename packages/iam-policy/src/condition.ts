/** Decides whether one condition of a statement holds for a request; `evaluate` calls it. */
import type { RequestContext } from "./context.ts";
import { type BaseOperator, type Operator, operatorOf, type PolicyValue } from "./operators/operator.ts";
import type { Condition, PolicyVersion } from "./policy.ts";
import { expandPattern, expandText } from "./policy-variables.ts";

export type ConditionOutcome = "holds" | "fails" | "unknown";

export function conditionHolds(
  condition: Condition,
  version: PolicyVersion,
  context: RequestContext,
): ConditionOutcome {
  const operator = operatorOf(condition.operator);
  if (!operator) return "unknown";
  if (!holds(operator, condition, { version, context })) return "fails";
  // "Equal to none of them" proves nothing when one of them could not be read.
  const negated = operator.base !== "null" && operator.base.negated;
  const unread = condition.values.some((value) => expandPattern(value, version, context) === null);
  return negated && unread ? "unknown" : "holds";
}

type Setting = { readonly version: PolicyVersion; readonly context: RequestContext };

function holds({ base, quantifier, ifExists }: Operator, condition: Condition, setting: Setting): boolean {
  const given = setting.context.get(condition.key) ?? [];
  if (base === "null") return condition.values.some((value) => isNull(value, given.length === 0));
  const wanted = policyValues(condition.values, setting);
  // A missing key fails a positive operator and satisfies a negated one; ForAllValues holds of no values at all.
  if (given.length === 0) {
    if (ifExists || quantifier === "ForAllValues") return true;
    return quantifier === "ForAnyValue" ? false : base.negated;
  }
  const satisfied = (value: string) => matchesAny(base, wanted, value) !== base.negated;
  if (quantifier === "ForAllValues") return given.every(satisfied);
  // Several values without a quantifier: a negated operator must hold for each of them.
  if (quantifier === null && base.negated) return given.every(satisfied);
  return given.some(satisfied);
}

function matchesAny(base: BaseOperator, wanted: readonly PolicyValue[], value: string): boolean {
  return wanted.some((policy) => base.matches(policy, value));
}

function isNull(written: string, missing: boolean): boolean {
  const folded = written.toLowerCase();
  return (folded === "true" && missing) || (folded === "false" && !missing);
}

/** A value whose variable cannot be resolved matches nothing. */
function policyValues(values: readonly string[], { version, context }: Setting): readonly PolicyValue[] {
  return values.flatMap((value) => {
    const pattern = expandPattern(value, version, context);
    const text = expandText(value, version, context);
    return pattern && text !== null ? [{ pattern, text }] : [];
  });
}
