/** ec2:RevokeSecurityGroupEgress. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html */
import { RevokeSecurityGroupEgress$, type RevokeSecurityGroupEgressCommand } from "@aws-sdk/client-ec2";
import { onOne } from "./allowed.ts";
import { existingGroup, removeRules } from "./groups.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { revokedRule } from "./security-group-view.ts";

export const revokeSecurityGroupEgress = ec2Operation<RevokeSecurityGroupEgressCommand>(
  RevokeSecurityGroupEgress$,
  {
    authorize: onOne("RevokeSecurityGroupEgress", ({ GroupId }) => [GroupId]),
    async handle({ input, ctx }) {
      const rules = await changeNetwork(ctx, async (tx) => {
        const group = await existingGroup(tx, ctx, input);
        return removeRules(tx, ctx, { group, egress: true, input });
      });
      return { Return: true, RevokedSecurityGroupRules: rules.map(revokedRule) };
    },
  },
);
