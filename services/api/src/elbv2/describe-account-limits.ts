/** elasticloadbalancing:DescribeAccountLimits. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html */
import {
  DescribeAccountLimits$,
  type DescribeAccountLimitsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";

/** Those that are kept here. */
const LIMITS = [
  ["application-load-balancers", 50],
  ["condition-values-per-alb-rule", 5],
  ["condition-wildcards-per-alb-rule", 5],
  ["listeners-per-application-load-balancer", 50],
  ["rules-per-application-load-balancer", 100],
  ["target-groups", 3_000],
  ["target-groups-per-action-on-application-load-balancer", 5],
  ["targets-per-application-load-balancer", 1_000],
] as const;

export const describeAccountLimits = operation<DescribeAccountLimitsCommand>(DescribeAccountLimits$, {
  authorize: describing("DescribeAccountLimits"),
  handle: async () => ({ Limits: LIMITS.map(([Name, max]) => ({ Name, Max: String(max) })) }),
});
