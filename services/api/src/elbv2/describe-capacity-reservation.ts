/** elasticloadbalancing:DescribeCapacityReservation. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeCapacityReservation.html */
import {
  DescribeCapacityReservation$,
  type DescribeCapacityReservationCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { existingLoadBalancer } from "./subject.ts";

export const describeCapacityReservation = operation<DescribeCapacityReservationCommand>(
  DescribeCapacityReservation$,
  {
    authorize: describing("DescribeCapacityReservation"),
    async handle({ input, ctx }) {
      await existingLoadBalancer(ctx.db, ctx, input.LoadBalancerArn);
      // Capacity cannot be reserved, so none is.
      return { CapacityReservationState: [] };
    },
  },
);
