/** ec2:AuthorizeSecurityGroupEgress. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html */
import { AuthorizeSecurityGroupEgress$, type AuthorizeSecurityGroupEgressCommand } from "@aws-sdk/client-ec2";
import { onOne } from "./allowed.ts";
import { addRules, existingGroup } from "./groups.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { shownRule } from "./security-group-view.ts";

export const authorizeSecurityGroupEgress = ec2Operation<AuthorizeSecurityGroupEgressCommand>(
  AuthorizeSecurityGroupEgress$,
  {
    authorize: onOne("AuthorizeSecurityGroupEgress", ({ GroupId }) => [GroupId]),
    async handle({ input, ctx }) {
      const rules = await changeNetwork(ctx, async (tx) => {
        const group = await existingGroup(tx, ctx, input);
        return addRules(tx, ctx, { group, egress: true, input });
      });
      return { Return: true, SecurityGroupRules: rules.map((rule) => shownRule(ctx, rule)) };
    },
  },
);
