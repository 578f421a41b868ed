/** ec2:DescribeAddresses. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html */
import { DescribeAddresses$, type DescribeAddressesCommand } from "@aws-sdk/client-ec2";
import { addressView } from "./address-view.ts";
import { listing } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { ec2Operation } from "./operation.ts";

export const describeAddresses = ec2Operation<DescribeAddressesCommand>(DescribeAddresses$, {
  authorize: listing("DescribeAddresses"),
  async handle({ input, ctx }) {
    const { AllocationIds: ids, PublicIps: Values = [] } = input;
    const named = Values.length > 0 ? [{ Name: "public-ip", Values }] : [];
    const filters = [...(input.Filters ?? []), ...named];
    const operation = "DescribeAddresses";
    const { rows } = await list({
      ctx,
      operation,
      view: addressView,
      kind: kinds.address,
      input: {},
      ids,
      filters,
    });
    const missing = Values.find((ip) => !rows.some(({ PublicIp }) => PublicIp === ip));
    if (missing !== undefined && !input.Filters?.length) {
      throw ec2Errors.notFound("InvalidAddress.NotFound", `Address '${missing}' not found.`);
    }
    return { Addresses: rows };
  },
});
