/** What the deployer is rung for: a service, or a task of one, that changed. */
import { z } from "zod";
import { doorbell, queue } from "./message.ts";

export const deployer = queue("deployer", {
  reconcileService: doorbell(z.object({ serviceId: z.string().min(1) }), {
    key: (message) => message.serviceId,
    fromKey: (serviceId) => ({ serviceId }),
  }),
});
