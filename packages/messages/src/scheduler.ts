/** What the scheduler is rung for: tasks that want an instance, launches past their deadline, stopped tasks to put away. */
import { z } from "zod";
import { doorbell, queue } from "./message.ts";

export const scheduler = queue("scheduler", {
  placeTasks: doorbell(z.object({ clusterId: z.string().min(1) }), {
    key: (message) => message.clusterId,
    fromKey: (clusterId) => ({ clusterId }),
  }),
  expireLaunch: doorbell(z.object({ launchRequestId: z.string().min(1) }), {
    key: (message) => message.launchRequestId,
    fromKey: (launchRequestId) => ({ launchRequestId }),
  }),
  archiveTasks: doorbell(z.object({ scopeId: z.int() }), {
    key: (message) => String(message.scopeId),
    fromKey: (scopeId) => ({ scopeId: Number(scopeId) }),
  }),
});
