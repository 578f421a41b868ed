/** ec2:UpdateSecurityGroupRuleDescriptionsIngress. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html */
import {
  UpdateSecurityGroupRuleDescriptionsIngress$,
  type UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from "@aws-sdk/client-ec2";
import { onOne } from "./allowed.ts";
import { describeRules } from "./describe-rules.ts";
import { existingGroup } from "./groups.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const updateSecurityGroupRuleDescriptionsIngress =
  ec2Operation<UpdateSecurityGroupRuleDescriptionsIngressCommand>(
    UpdateSecurityGroupRuleDescriptionsIngress$,
    {
      authorize: onOne("UpdateSecurityGroupRuleDescriptionsIngress", ({ GroupId }) => [GroupId]),
      async handle({ input, ctx }) {
        await changeNetwork(ctx, async (tx) => {
          const group = await existingGroup(tx, ctx, input);
          await describeRules(tx, ctx, { group, egress: false, input });
        });
        return { Return: true };
      },
    },
  );
