/** What the scheduler is rung for: tasks that want an instance. */
import { z } from "zod";
import { doorbell, queue } from "./message.ts";

export const scheduler = queue("scheduler", {
  placeTasks: doorbell(z.object({ clusterId: z.string().min(1) }), {
    key: (message) => message.clusterId,
    fromKey: (clusterId) => ({ clusterId }),
  }),
});
