import { expect, test } from "vitest";
import { availabilityZones } from "./availability-zone.ts";

test.each([
  ["us-east-1", "use1-az2"],
  ["ap-southeast-2", "apse2-az2"],
  ["eu-central-1", "euc1-az2"],
  ["us-gov-west-1", "usgovw1-az2"],
])("the second of %s's three zones has the id %s", (region, id) => {
  const zones = availabilityZones(region);
  expect(zones.map(({ name }) => name)).toEqual([`${region}a`, `${region}b`, `${region}c`]);
  expect(zones[1]?.id).toBe(id);
});
