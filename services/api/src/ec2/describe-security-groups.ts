/** ec2:DescribeSecurityGroups. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html */
import { DescribeSecurityGroups$, type DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { ec2Operation } from "./operation.ts";
import { securityGroupView } from "./security-group-view.ts";

export const describeSecurityGroups = ec2Operation<DescribeSecurityGroupsCommand>(DescribeSecurityGroups$, {
  authorize: listing("DescribeSecurityGroups"),
  async handle({ input, ctx }) {
    const names = input.GroupNames ?? [];
    const byName = names.length > 0 ? [{ Name: "group-name", Values: names.map(literally) }] : [];
    const { rows, NextToken } = await list({
      ctx,
      operation: "DescribeSecurityGroups",
      view: securityGroupView,
      kind: kinds.securityGroup,
      input,
      ids: input.GroupIds,
      filters: [...(input.Filters ?? []), ...byName],
    });
    const missing = names.find((name) => !rows.some(({ GroupName }) => GroupName === name));
    if (missing !== undefined && !input.Filters?.length && NextToken === undefined && !input.NextToken) {
      throw ec2Errors.notFound("InvalidGroup.NotFound", `The security group '${missing}' does not exist`);
    }
    return { SecurityGroups: rows, NextToken };
  },
});

/** A name is no pattern. */
const literally = (name: string) => name.replace(/[*?\\]/g, "\\$&");
