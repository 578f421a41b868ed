/** ec2:DescribeNetworkInterfaces. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html */
import { DescribeNetworkInterfaces$, type DescribeNetworkInterfacesCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { list } from "./list.ts";
import { networkInterfaceView } from "./network-interface-view.ts";
import { ec2Operation } from "./operation.ts";

/** They come and go with what they belong to: requests can only look at them. */
const KIND = {
  prefix: "eni",
  missingCode: "InvalidNetworkInterfaceID.NotFound",
  missing: (id: string) => `The networkInterface ID '${id}' does not exist`,
  malformedCode: "InvalidNetworkInterfaceId.Malformed",
} as const;

export const describeNetworkInterfaces = ec2Operation<DescribeNetworkInterfacesCommand>(
  DescribeNetworkInterfaces$,
  {
    authorize: listing("DescribeNetworkInterfaces"),
    async handle({ input, ctx }) {
      const { rows, NextToken } = await list({
        ctx,
        operation: "DescribeNetworkInterfaces",
        view: networkInterfaceView,
        kind: KIND,
        input,
        ids: input.NetworkInterfaceIds,
        filters: input.Filters,
      });
      return { NetworkInterfaces: rows, NextToken };
    },
  },
);
