/** elasticloadbalancing:DeleteLoadBalancer. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html */
import {
  DeleteLoadBalancer$,
  type DeleteLoadBalancerCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { deleteLoadBalancer as deleteRow } from "@roadstead/db/load-balancers";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { idOf, lockLoadBalancerByArn } from "./subject.ts";

export const deleteLoadBalancer = operation<DeleteLoadBalancerCommand>(DeleteLoadBalancer$, {
  authorize: ({ input, ctx }) => onResource(ctx, "DeleteLoadBalancer", input.LoadBalancerArn),
  async handle({ input, ctx }) {
    const id = idOf(ctx, "loadbalancer", input.LoadBalancerArn);
    if (id === null) throw elbErrors.loadBalancerNotFound([input.LoadBalancerArn ?? ""]);
    await ctx.db.write(async (tx) => {
      const row = await lockLoadBalancerByArn(tx, ctx, input.LoadBalancerArn);
      // One that is gone already is no mistake.
      if (!row) return;
      if (row.attributes["deletion_protection.enabled"] === "true") {
        throw elbErrors.notPermitted(
          `Load balancer '${input.LoadBalancerArn}' cannot be deleted because deletion protection is enabled`,
        );
      }
      await deleteRow(tx, id);
    });
    return {};
  },
});
