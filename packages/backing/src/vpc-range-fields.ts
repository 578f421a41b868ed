/** What those who place tasks read from their environment of where VPCs' ranges are on machines. */
import { type Cidr, parseCidr } from "@roadstead/model/cidr";
import {
  DEFAULT_RANGE_PLAN,
  type RangeMapping,
  type RangePlan,
  readMappings,
} from "@roadstead/model/machine-range";
import { z } from "zod";

/** Spread into a service's schema. */
export const vpcRangeFields = {
  /** Of which a VPC gets a range when its own is another's. */
  ROADSTEAD_VPC_POOL: z
    .string()
    .transform((text, context): Cidr => {
      const pool = parseCidr(text.trim());
      if (pool) return pool;
      context.addIssue({ code: "custom", message: "must be a range such as 100.64.0.0/10" });
      return z.NEVER;
    })
    .default(DEFAULT_RANGE_PLAN.pool),
  /** `10.0.0.0/16=10.90.0.0/16,…`: VPCs whose range machines use for something else. */
  ROADSTEAD_VPC_RANGES: z
    .string()
    .transform((text, context): readonly RangeMapping[] => {
      const mappings = readMappings(text);
      if (mappings) return mappings;
      const message = "must be ranges of equal size, none of them twice, such as 10.0.0.0/16=10.90.0.0/16";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .default([]),
};

export interface VpcRangeConfig {
  readonly ROADSTEAD_VPC_POOL: Cidr;
  readonly ROADSTEAD_VPC_RANGES: readonly RangeMapping[];
}

export const rangePlanOf = (config: VpcRangeConfig): RangePlan => ({
  pool: config.ROADSTEAD_VPC_POOL,
  mappings: config.ROADSTEAD_VPC_RANGES,
});
