/** sts:GetCallerIdentity. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
import { GetCallerIdentity$, type GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { operation } from "../operation.ts";

export const getCallerIdentity = operation<GetCallerIdentityCommand>(GetCallerIdentity$, {
  // AWS answers every caller whose signature is good, whatever their policies say.
  authorize: () => [],
  async handle({ ctx }) {
    const { accountId, principal } = ctx.caller;
    const userId = principal.kind === "user" ? principal.userId : principal.agentId;
    return { UserId: userId, Account: accountId, Arn: principal.arn };
  },
});
