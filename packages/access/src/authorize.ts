/** Decides whether a principal may do what a request asks for; denied unless a policy says otherwise. Api and registry call it. */
import type { Principal } from "@roadstead/db/principal";
import { accessDeniedMessage } from "@roadstead/iam-policy/access-denied";
import { evaluate } from "@roadstead/iam-policy/evaluate";
import type { PolicyDocument } from "@roadstead/iam-policy/policy-document";
import { policiesOf, sessionPolicyOf } from "./policies.ts";

/** Whose permissions count. */
export interface Actor {
  readonly accountId: string;
  readonly principal: Principal;
}

/** One thing that is to be done: an action on a resource (an ARN, or `*`). */
export interface Wanted {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** When and in which region something is asked for: conditions may look at both. */
export interface Occasion {
  readonly now: Date;
  readonly region: string;
}

/** Why the first thing that the actor may not do is refused, in AWS's words; null when all is allowed. */
export function refusal(actor: Actor, wanted: readonly Wanted[], occasion: Occasion): string | null {
  const policies = policiesOf(actor);
  const own = globalContext(actor, occasion);
  for (const one of wanted) {
    const message = refusalOfOne(actor, one, { own, policies });
    if (message !== null) return message;
  }
  return null;
}

function refusalOfOne(
  { principal }: Actor,
  { action, resource, context }: Wanted,
  { own, policies }: { readonly own: Record<string, string>; readonly policies: readonly PolicyDocument[] },
): string | null {
  const request = { principalArn: principal.arn, action, resource, context: { ...own, ...context } };
  const { decision } = evaluate(request, policies);
  if (decision !== "allow") return accessDeniedMessage({ ...request, decision });
  const narrowing = sessionPolicyOf(principal);
  if (narrowing === null) return null;
  const narrowed = evaluate(request, [narrowing]).decision;
  return narrowed === "allow"
    ? null
    : accessDeniedMessage({ ...request, decision: narrowed, kind: "session" });
}

/** What every request says; tags and what an operation knows come beside it. */
export function globalContext(
  { principal, accountId }: Actor,
  { now, region }: Occasion,
): Record<string, string> {
  return {
    "aws:PrincipalArn": principal.kind === "role" ? principal.roleArn : principal.arn,
    "aws:PrincipalAccount": accountId,
    "aws:PrincipalType": principal.kind === "user" ? "User" : "AssumedRole",
    "aws:RequestedRegion": region,
    "aws:CurrentTime": now.toISOString(),
    "aws:EpochTime": String(Math.floor(now.getTime() / 1_000)),
    ...(principal.kind === "user"
      ? { "aws:username": principal.userName, "aws:userid": principal.userId }
      : {}),
    ...(principal.kind === "role" ? { "aws:userid": `${principal.roleId}:${principal.sessionName}` } : {}),
  };
}
