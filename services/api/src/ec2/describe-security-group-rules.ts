/** ec2:DescribeSecurityGroupRules. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html */
import { DescribeSecurityGroupRules$, type DescribeSecurityGroupRulesCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { ec2Operation } from "./operation.ts";
import { securityGroupRuleView } from "./security-group-view.ts";

export const describeSecurityGroupRules = ec2Operation<DescribeSecurityGroupRulesCommand>(
  DescribeSecurityGroupRules$,
  {
    authorize: listing("DescribeSecurityGroupRules"),
    async handle({ input, ctx }) {
      const { rows, NextToken } = await list({
        ctx,
        operation: "DescribeSecurityGroupRules",
        view: securityGroupRuleView,
        kind: kinds.securityGroupRule,
        input,
        ids: input.SecurityGroupRuleIds,
        filters: input.Filters,
      });
      return { SecurityGroupRules: rows, NextToken };
    },
  },
);
