import { parseConfig } from "@roadstead/service-kit/config";
import { expect, test } from "vitest";
import { z } from "zod";
import { rangePlanOf, vpcRangeFields } from "./vpc-range-fields.ts";

const schema = z.object(vpcRangeFields);
const read = (env: Record<string, string>) => rangePlanOf(parseConfig(schema, env));

test("without settings ranges come of 100.64.0.0/10, and none is said", () => {
  expect(read({})).toEqual({ pool: expect.objectContaining({ prefixLength: 10 }), mappings: [] });
});

test("pool and ranges are read", () => {
  const plan = read({ ROADSTEAD_VPC_POOL: "10.128.0.0/9", ROADSTEAD_VPC_RANGES: "10.0.0.0/16=10.90.0.0/16" });
  expect(plan.pool.prefixLength).toBe(9);
  expect(plan.mappings).toHaveLength(1);
});

test.each([
  [{ ROADSTEAD_VPC_POOL: "10.0.0.0" }, /ROADSTEAD_VPC_POOL: must be a range/],
  [{ ROADSTEAD_VPC_RANGES: "10.0.0.0/16" }, /ROADSTEAD_VPC_RANGES: must be ranges of equal size/],
])("%j is refused in words", (env, problem) => {
  expect(() => read(env)).toThrow(problem);
});
