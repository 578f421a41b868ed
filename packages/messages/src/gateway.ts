/** What an agent gateway is rung for. Each gateway has a queue of its own, since only it holds the instance's socket. */
import { z } from "zod";
import { doorbell, queue } from "./message.ts";

export const gateway = queue("gateway", {
  deliver: doorbell(z.object({ instanceId: z.string().min(1) }), {
    key: (message) => message.instanceId,
    fromKey: (instanceId) => ({ instanceId }),
  }),
});
