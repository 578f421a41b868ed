/** sts:GetCallerIdentity. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
import { GetCallerIdentity$, type GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Principal } from "@roadstead/db/principal";
import { operation } from "../operation.ts";

export const getCallerIdentity = operation<GetCallerIdentityCommand>(GetCallerIdentity$, {
  // AWS answers every caller whose signature is good, whatever their policies say.
  authorize: () => [],
  async handle({ ctx }) {
    const { accountId, principal } = ctx.caller;
    return { UserId: uniqueId(principal), Account: accountId, Arn: principal.arn };
  },
});

function uniqueId(principal: Principal): string {
  if (principal.kind === "user") return principal.userId;
  return principal.kind === "role" ? `${principal.roleId}:${principal.sessionName}` : principal.agentId;
}
