/** ec2:DescribeAddressesAttribute. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddressesAttribute.html */
import { DescribeAddressesAttribute$, type DescribeAddressesAttributeCommand } from "@aws-sdk/client-ec2";
import { addressView } from "./address-view.ts";
import { listing } from "./allowed.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { ec2Operation } from "./operation.ts";

export const describeAddressesAttribute = ec2Operation<DescribeAddressesAttributeCommand>(
  DescribeAddressesAttribute$,
  {
    authorize: listing("DescribeAddressesAttribute"),
    async handle({ input, ctx }) {
      const { rows, NextToken } = await list({
        ctx,
        operation: "DescribeAddressesAttribute",
        view: addressView,
        kind: kinds.address,
        input,
        ids: input.AllocationIds,
      });
      return { Addresses: rows.map(({ AllocationId, PublicIp }) => ({ AllocationId, PublicIp })), NextToken };
    },
  },
);
