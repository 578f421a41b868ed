/** What the load balancer is rung for: a balancer, listener, rule, target group or target of the installation changed. */
import { z } from "zod";
import { doorbell, queue } from "./message.ts";

/** One configuration serves the whole installation, so there is one key. */
export const ALL_BALANCERS = "all";

export const loadBalancer = queue("load-balancer", {
  configureBalancers: doorbell(z.object({ key: z.string().min(1) }), {
    key: (message) => message.key,
    fromKey: (key) => ({ key }),
  }),
});
