/** ec2:DescribeNetworkInterfaces. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html */
import { DescribeNetworkInterfaces$, type DescribeNetworkInterfacesCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { ec2Operation } from "./operation.ts";
import { noneOf } from "./unrecorded.ts";

export const describeNetworkInterfaces = ec2Operation<DescribeNetworkInterfacesCommand>(
  DescribeNetworkInterfaces$,
  {
    authorize: listing("DescribeNetworkInterfaces"),
    async handle({ input }) {
      noneOf(input.NetworkInterfaceIds, "InvalidNetworkInterfaceID.NotFound", "networkInterface ID");
      return { NetworkInterfaces: [] };
    },
  },
);
