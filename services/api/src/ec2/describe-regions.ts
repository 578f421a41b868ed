/** ec2:DescribeRegions. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html */
import { DescribeRegions$, type DescribeRegionsCommand, type Region } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { type FilterTable, filtered } from "./filters.ts";
import { ec2Operation } from "./operation.ts";

const FILTERS: FilterTable<Region & { readonly Tags?: never }> = {
  endpoint: ({ Endpoint }) => Endpoint,
  "opt-in-status": ({ OptInStatus }) => OptInStatus,
  "region-name": ({ RegionName }) => RegionName,
};

export const describeRegions = ec2Operation<DescribeRegionsCommand>(DescribeRegions$, {
  authorize: listing("DescribeRegions"),
  async handle({ input, ctx }) {
    const { regions } = ctx.settings;
    const unknown = input.RegionNames?.find((name) => !regions.includes(name));
    if (unknown !== undefined) throw ec2Errors.refused(`Invalid region provided: ${unknown}`);
    const named = input.RegionNames?.length
      ? regions.filter((name) => input.RegionNames?.includes(name))
      : regions;
    const shown = named.map((region) => ({
      RegionName: region,
      Endpoint: `ec2.${region}.amazonaws.com`,
      OptInStatus: "opt-in-not-required",
    }));
    return { Regions: [...filtered(shown, input.Filters, FILTERS)] };
  },
});
