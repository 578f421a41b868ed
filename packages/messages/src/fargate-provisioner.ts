/** What the provisioner is rung for: an account and region in which a Fargate task waits, or room came free. */
import { z } from "zod";
import { doorbell, queue } from "./message.ts";

export const fargateProvisioner = queue("fargate-provisioner", {
  provisionTasks: doorbell(z.object({ scopeId: z.number().int() }), {
    key: (message) => String(message.scopeId),
    fromKey: (scopeId) => ({ scopeId: Number(scopeId) }),
  }),
});
