/** ec2:UpdateSecurityGroupRuleDescriptionsEgress. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsEgress.html */
import {
  UpdateSecurityGroupRuleDescriptionsEgress$,
  type UpdateSecurityGroupRuleDescriptionsEgressCommand,
} from "@aws-sdk/client-ec2";
import { onOne } from "./allowed.ts";
import { describeRules } from "./describe-rules.ts";
import { existingGroup } from "./groups.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const updateSecurityGroupRuleDescriptionsEgress =
  ec2Operation<UpdateSecurityGroupRuleDescriptionsEgressCommand>(UpdateSecurityGroupRuleDescriptionsEgress$, {
    authorize: onOne("UpdateSecurityGroupRuleDescriptionsEgress", ({ GroupId }) => [GroupId]),
    async handle({ input, ctx }) {
      await changeNetwork(ctx, async (tx) => {
        const group = await existingGroup(tx, ctx, input);
        await describeRules(tx, ctx, { group, egress: true, input });
      });
      return { Return: true };
    },
  });
