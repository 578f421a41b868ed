/** ec2:AuthorizeSecurityGroupIngress. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html */
import {
  AuthorizeSecurityGroupIngress$,
  type AuthorizeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { onOne } from "./allowed.ts";
import { addRules, existingGroup } from "./groups.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { shownRule } from "./security-group-view.ts";

export const authorizeSecurityGroupIngress = ec2Operation<AuthorizeSecurityGroupIngressCommand>(
  AuthorizeSecurityGroupIngress$,
  {
    authorize: onOne("AuthorizeSecurityGroupIngress", ({ GroupId }) => [GroupId]),
    async handle({ input, ctx }) {
      const rules = await changeNetwork(ctx, async (tx) => {
        const group = await existingGroup(tx, ctx, input);
        return addRules(tx, ctx, { group, egress: false, input });
      });
      return { Return: true, SecurityGroupRules: rules.map((rule) => shownRule(ctx, rule)) };
    },
  },
);
