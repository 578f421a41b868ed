/** ec2:DescribeAvailabilityZones. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html */
import {
  type AvailabilityZone,
  DescribeAvailabilityZones$,
  type DescribeAvailabilityZonesCommand,
} from "@aws-sdk/client-ec2";
import { availabilityZones } from "@roadstead/model/availability-zone";
import { listing } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { type FilterTable, filtered, metByNone } from "./filters.ts";
import { ec2Operation } from "./operation.ts";

const FILTERS: FilterTable<AvailabilityZone & { readonly Tags?: never }> = {
  "group-name": ({ GroupName }) => GroupName,
  "group-long-name": ({ GroupLongName }) => GroupLongName,
  "opt-in-status": ({ OptInStatus }) => OptInStatus,
  ...metByNone("message", "parent-zone-id", "parent-zone-name", "parent-zoneID", "parent-zoneName"),
  "region-name": ({ RegionName }) => RegionName,
  state: ({ State }) => State,
  "zone-id": ({ ZoneId }) => ZoneId,
  "zone-name": ({ ZoneName }) => ZoneName,
  "zone-type": ({ ZoneType }) => ZoneType,
};

const zonesOf = (region: string): (AvailabilityZone & { readonly Tags?: never })[] =>
  availabilityZones(region).map(({ name, id }) => ({
    ZoneName: name,
    ZoneId: id,
    ZoneType: "availability-zone",
    RegionName: region,
    GroupName: region,
    NetworkBorderGroup: region,
    OptInStatus: "opt-in-not-required",
    State: "available",
    Messages: [],
  }));

export const describeAvailabilityZones = ec2Operation<DescribeAvailabilityZonesCommand>(
  DescribeAvailabilityZones$,
  {
    authorize: listing("DescribeAvailabilityZones"),
    async handle({ input, ctx }) {
      const zones = zonesOf(ctx.scope.region);
      const { ZoneNames = [], ZoneIds = [] } = input;
      const unknown =
        ZoneNames.find((name) => !zones.some(({ ZoneName }) => ZoneName === name)) ??
        ZoneIds.find((id) => !zones.some(({ ZoneId }) => ZoneId === id));
      if (unknown !== undefined) throw ec2Errors.refused(`Invalid availability zone: [${unknown}]`);
      const named = zones.filter(
        ({ ZoneName = "", ZoneId = "" }) =>
          (ZoneNames.length === 0 || ZoneNames.includes(ZoneName)) &&
          (ZoneIds.length === 0 || ZoneIds.includes(ZoneId)),
      );
      return { AvailabilityZones: [...filtered(named, input.Filters, FILTERS)] };
    },
  },
);
