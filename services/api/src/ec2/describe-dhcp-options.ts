/** ec2:DescribeDhcpOptions. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html */
import { DescribeDhcpOptions$, type DescribeDhcpOptionsCommand, type DhcpOptions } from "@aws-sdk/client-ec2";
import { dhcpOptionsOf } from "@roadstead/db/networks";
import { listing } from "./allowed.ts";
import { list, type View } from "./list.ts";
import { ec2Operation } from "./operation.ts";

const OPTIONS = {
  prefix: "dopt",
  missingCode: "InvalidDhcpOptionID.NotFound",
  missing: (id: string) => `The dhcpOption ID '${id}' does not exist`,
  malformedCode: "InvalidDhcpOptionsId.Malformed",
};

/** One for every VPC of the region: nothing else can be told to them. */
const view: View<DhcpOptions> = {
  load: async (tx, ctx) => [
    {
      DhcpOptionsId: await dhcpOptionsOf(tx, ctx.scope.id),
      OwnerId: ctx.scope.accountId,
      DhcpConfigurations: [
        { Key: "domain-name", Values: [{ Value: `${ctx.scope.region}.compute.internal` }] },
        { Key: "domain-name-servers", Values: [{ Value: "AmazonProvidedDNS" }] },
      ],
      Tags: [],
    },
  ],
  idOf: ({ DhcpOptionsId }) => DhcpOptionsId,
  filters: {
    "dhcp-options-id": ({ DhcpOptionsId }) => DhcpOptionsId,
    "owner-id": ({ OwnerId }) => OwnerId,
    key: ({ DhcpConfigurations = [] }) => DhcpConfigurations.map(({ Key }) => Key),
    value: ({ DhcpConfigurations = [] }) =>
      DhcpConfigurations.flatMap(({ Values = [] }) => Values.map(({ Value }) => Value)),
  },
};

export const describeDhcpOptions = ec2Operation<DescribeDhcpOptionsCommand>(DescribeDhcpOptions$, {
  authorize: listing("DescribeDhcpOptions"),
  async handle({ input, ctx }) {
    const { rows, NextToken } = await list({
      ctx,
      operation: "DescribeDhcpOptions",
      view,
      kind: OPTIONS,
      input,
      ids: input.DhcpOptionsIds,
      filters: input.Filters,
    });
    return { DhcpOptions: rows, NextToken };
  },
});
