/** Words a refusal as AWS does, so that tools that read the message find what they look for; the api calls it. */
import type { AccessRequest, Decision } from "./evaluate.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function accessDeniedMessage({
  principalArn,
  action,
  resource,
  decision,
  kind = "identity-based",
}: Pick<AccessRequest, "principalArn" | "action" | "resource"> & {
  readonly decision: Decision;
  readonly kind?: "identity-based" | "session";
}): string {
  const refused = `User: ${principalArn} is not authorized to perform: ${action} on resource: ${resource}`;
  return decision === "explicitDeny"
    ? `${refused} with an explicit deny in ${kind === "session" ? "a session" : "an identity-based"} policy`
    : `${refused} because no ${kind} policy allows the ${action} action`;
}
