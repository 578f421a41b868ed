/** elasticloadbalancing:SetSecurityGroups. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html */
import { SetSecurityGroups$, type SetSecurityGroupsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateLoadBalancer } from "@roadstead/db/load-balancers";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { readSecurityGroups } from "./network.ts";
import { heldLoadBalancer } from "./subject.ts";

export const setSecurityGroups = operation<SetSecurityGroupsCommand>(SetSecurityGroups$, {
  authorize: ({ input, ctx }) => onResource(ctx, "SetSecurityGroups", input.LoadBalancerArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const row = await heldLoadBalancer(tx, ctx, input.LoadBalancerArn);
      if (!input.SecurityGroups?.length) throw elbErrors.validation("A security group must be specified");
      const securityGroups = await readSecurityGroups(tx, ctx, row.vpcId, input.SecurityGroups);
      await updateLoadBalancer(tx, { ...row, securityGroups });
      return { SecurityGroupIds: [...securityGroups] };
    }),
});
