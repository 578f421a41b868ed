/** Decides who may assume a role: AssumeRole asks for callers, and whoever gives a task its role asks for the service. */
import { evaluate } from "@roadstead/iam-policy/evaluate";
import { evaluateTrust, parseTrustPolicy } from "@roadstead/iam-policy/trust-policy";
import { type Actor, globalContext, type Occasion, refusal } from "./authorize.ts";
import { policiesOf } from "./policies.ts";

const ASSUME = "sts:AssumeRole";
/** Whom ECS is when it gives roles to tasks. */
export const TASKS_PRINCIPAL = "ecs-tasks.amazonaws.com";

type Context = Readonly<Record<string, string | readonly string[]>>;

export interface Assumable {
  readonly arn: string;
  readonly accountId: string;
  readonly trustPolicy: string;
}

/**
 * Within an account a role that names its caller needs no policy of the caller's; one that names the account does, and so
 * does every role of another account. A deny on either side refuses.
 */
export function mayAssume(
  actor: Actor,
  role: Assumable,
  { context, ...occasion }: Occasion & { readonly context: Context },
): boolean {
  const parsed = parseTrustPolicy(role.trustPolicy);
  if (!parsed.ok) return false;
  const { principal, accountId } = actor;
  const own = globalContext(actor, occasion);
  const verdict = evaluateTrust(parsed.policy, {
    asker: {
      kind: "principal",
      accountId,
      arns: principal.kind === "role" ? [principal.arn, principal.roleArn] : [principal.arn],
    },
    action: ASSUME,
    context: { ...own, ...context },
  });
  if (verdict !== "allow" && verdict !== "account") return false;
  if (verdict === "allow" && accountId === role.accountId) {
    const request = { principalArn: principal.arn, action: ASSUME, resource: role.arn, context: own };
    return evaluate(request, policiesOf(actor)).decision !== "explicitDeny";
  }
  return refusal(actor, [{ action: ASSUME, resource: role.arn, context }], occasion) === null;
}

/** Whether ECS may give the role to tasks in a region of an account. */
export function tasksMayAssume(
  role: Pick<Assumable, "trustPolicy">,
  place: { readonly accountId: string; readonly region: string },
): boolean {
  const parsed = parseTrustPolicy(role.trustPolicy);
  if (!parsed.ok) return false;
  const { accountId, region } = place;
  return (
    evaluateTrust(parsed.policy, {
      asker: { kind: "service", name: TASKS_PRINCIPAL },
      action: ASSUME,
      context: { "aws:SourceAccount": accountId, "aws:SourceArn": `arn:aws:ecs:${region}:${accountId}:*` },
    }) === "allow"
  );
}
