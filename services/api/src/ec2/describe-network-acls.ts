/** ec2:DescribeNetworkAcls. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html */
import { DescribeNetworkAcls$, type DescribeNetworkAclsCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { list } from "./list.ts";
import { networkAclView } from "./network-acl-view.ts";
import { ec2Operation } from "./operation.ts";

const ACL = {
  prefix: "acl",
  missingCode: "InvalidNetworkAclID.NotFound",
  missing: (id: string) => `The networkAcl ID '${id}' does not exist`,
  malformedCode: "InvalidNetworkAclId.Malformed",
};

export const describeNetworkAcls = ec2Operation<DescribeNetworkAclsCommand>(DescribeNetworkAcls$, {
  authorize: listing("DescribeNetworkAcls"),
  async handle({ input, ctx }) {
    const { rows, NextToken } = await list({
      ctx,
      operation: "DescribeNetworkAcls",
      view: networkAclView,
      kind: ACL,
      input,
      ids: input.NetworkAclIds,
      filters: input.Filters,
    });
    return { NetworkAcls: rows, NextToken };
  },
});
