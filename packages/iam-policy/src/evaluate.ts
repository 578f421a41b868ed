/**
 * Decides whether identity-based policies let a principal act on a resource; authorisation in the api calls it for each request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { type ConditionOutcome, conditionHolds } from "./condition.ts";
import { type RequestContext, requestContext } from "./context.ts";
import type { PolicyDocument, PolicyVersion, Statement } from "./policy.ts";
import { expandPattern } from "./policy-variables.ts";
import { matchesWildcard, patternOf } from "./wildcard.ts";

export type AccessRequest = {
  readonly principalArn: string;
  /** `ecs:RunTask` */
  readonly action: string;
  /** An ARN, or `*` for an action without a resource. */
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
};

export type Decision = "allow" | "explicitDeny" | "implicitDeny";

export type Verdict = {
  readonly decision: Decision;
  /** The statement that decided. */
  readonly statement?: { readonly policyName: string; readonly sid: string | null };
};

/** A deny anywhere wins; else an allow anywhere; else no. */
export function evaluate(request: AccessRequest, policies: readonly PolicyDocument[]): Verdict {
  const context = requestContext({ "aws:PrincipalArn": request.principalArn, ...request.context });
  let allowed: Verdict | null = null;
  for (const { name, version, statements } of policies) {
    for (const statement of statements) {
      if (statement.effect === "Allow" && allowed) continue;
      if (!applies(statement, version, { ...request, context })) continue;
      const decided = { policyName: name, sid: statement.sid };
      if (statement.effect === "Deny") return { decision: "explicitDeny", statement: decided };
      allowed = { decision: "allow", statement: decided };
    }
  }
  return allowed ?? { decision: "implicitDeny" };
}

type Question = Omit<AccessRequest, "context"> & { readonly context: RequestContext };

function applies(statement: Statement, version: PolicyVersion, question: Question): boolean {
  if (!matchesAction(statement, question.action)) return false;
  if (!matchesResource(statement, version, question)) return false;
  return statement.conditions.every((condition) => {
    const outcome: ConditionOutcome = conditionHolds(condition, version, question.context);
    // What cannot be understood must not widen access: it stops an allow and does not stop a deny.
    return outcome === "unknown" ? statement.effect === "Deny" : outcome === "holds";
  });
}

function matchesAction({ action }: Statement, wanted: string): boolean {
  const folded = wanted.toLowerCase();
  const named = action.patterns.some((pattern) => matchesWildcard(patternOf(pattern.toLowerCase()), folded));
  return named !== action.negated;
}

function matchesResource(
  { resource, effect }: Statement,
  version: PolicyVersion,
  question: Question,
): boolean {
  const patterns = resource.patterns.map((text) => expandPattern(text, version, question.context));
  // An unresolvable variable names nothing, so `NotResource` with one would reach everything: an allow does not.
  if (resource.negated && effect === "Allow" && patterns.includes(null)) return false;
  const named = patterns.some((pattern) => pattern !== null && matchesWildcard(pattern, question.resource));
  return named !== resource.negated;
}
