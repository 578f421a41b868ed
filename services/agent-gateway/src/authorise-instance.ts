/** Decides whether a verified caller may hold the socket of a container instance; called for each upgrade. */
import type { KeyHolder } from "@roadstead/db/access-keys";
import type { UserPrincipal } from "@roadstead/db/principal";
import { evaluate } from "@roadstead/iam-policy/evaluate";
import { parsePolicyDocument } from "@roadstead/iam-policy/policy-document";
import { type ContainerInstanceArn, containerInstanceArn, type Place } from "@roadstead/model/arn";

export type SocketKind = "acs" | "tcs";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html */
const ACTIONS = { acs: "ecs:Poll", tcs: "ecs:StartTelemetrySession" } as const;

/** An agent may hold its own instance's socket and no other; a user or role what the policies say. */
export function mayOpenSocket(
  holder: Pick<KeyHolder, "accountId" | "principal">,
  socket: { readonly kind: SocketKind; readonly instanceArn: ContainerInstanceArn; readonly place: Place },
): boolean {
  const { principal, accountId } = holder;
  if (accountId !== socket.place.accountId) return false;
  if (principal.kind === "agent") {
    const { region, clusterName, containerInstanceId } = principal;
    return (
      containerInstanceId !== null &&
      containerInstanceArn({ accountId, region }, clusterName, containerInstanceId) === socket.instanceArn
    );
  }
  const request = {
    principalArn: principal.arn,
    action: ACTIONS[socket.kind],
    resource: socket.instanceArn,
    context: {
      "aws:PrincipalAccount": accountId,
      "aws:RequestedRegion": socket.place.region,
      ...(principal.kind === "user"
        ? { "aws:username": principal.userName }
        : { "aws:PrincipalArn": principal.roleArn }),
    },
  };
  const allowed = (written: UserPrincipal["policies"]) => {
    const parsed = written.map(({ name, document }) => parsePolicyDocument(document, name));
    const policies = parsed.flatMap((policy) => (policy.ok ? [policy.document] : []));
    // One that does not parse may have held a deny.
    return policies.length === parsed.length && evaluate(request, policies).decision === "allow";
  };
  const narrowing = principal.kind === "role" ? principal.sessionPolicy : null;
  return (
    allowed(principal.policies) && (narrowing === null || allowed([{ name: "session", document: narrowing }]))
  );
}
