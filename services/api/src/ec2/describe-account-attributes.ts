/** ec2:DescribeAccountAttributes. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html */
import { DescribeAccountAttributes$, type DescribeAccountAttributesCommand } from "@aws-sdk/client-ec2";
import { vpcs } from "@roadstead/db/network-tables";
import { listing } from "./allowed.ts";
import { readNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { ADDRESSES_MAX } from "./quotas.ts";

export const describeAccountAttributes = ec2Operation<DescribeAccountAttributesCommand>(
  DescribeAccountAttributes$,
  {
    authorize: listing("DescribeAccountAttributes"),
    async handle({ input, ctx }) {
      const rows = await readNetwork(ctx, (tx) => vpcs.all(tx, ctx.scope.id));
      const attributes: Readonly<Record<string, string>> = {
        "supported-platforms": "VPC",
        "default-vpc": rows.find(({ isDefault }) => isDefault)?.id ?? "none",
        "max-elastic-ips": String(ADDRESSES_MAX),
        "vpc-max-elastic-ips": String(ADDRESSES_MAX),
        "vpc-max-security-groups-per-interface": "5",
      };
      const wanted: readonly string[] = input.AttributeNames ?? [];
      return {
        AccountAttributes: Object.entries(attributes)
          .filter(([name]) => wanted.length === 0 || wanted.includes(name))
          .map(([name, value]) => ({
            AttributeName: name,
            AttributeValues: [{ AttributeValue: value }],
          })),
      };
    },
  },
);
