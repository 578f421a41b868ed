/** elasticloadbalancing:SetSubnets. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html */
import { SetSubnets$, type SetSubnetsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateLoadBalancer } from "@roadstead/db/load-balancers";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { readSubnets } from "./network.ts";
import { renderZones } from "./render.ts";
import { heldLoadBalancer } from "./subject.ts";

export const setSubnets = operation<SetSubnetsCommand>(SetSubnets$, {
  authorize: ({ input, ctx }) => onResource(ctx, "SetSubnets", input.LoadBalancerArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const row = await heldLoadBalancer(tx, ctx, input.LoadBalancerArn);
      if (input.IpAddressType !== undefined && input.IpAddressType !== "ipv4") {
        throw elbErrors.unsupported(`The IP address type '${input.IpAddressType}' is not supported`);
      }
      const { vpcId, subnets } = await readSubnets(tx, ctx, input);
      if (vpcId !== row.vpcId) {
        throw elbErrors.invalidConfiguration("All subnets must belong to the VPC of the load balancer");
      }
      await updateLoadBalancer(tx, { ...row, subnets });
      return { AvailabilityZones: renderZones(subnets), IpAddressType: "ipv4" };
    }),
});
