/** What the autoscaler is rung for: alarms that are due, and something scalable that an alarm or its owner wants looked at. */
import { z } from "zod";
import { doorbell, queue } from "./message.ts";

/** Alarms are claimed in the pass, wherever they are, so there is one key. */
export const ALL_ALARMS = "all";

export const autoscaler = queue("autoscaler", {
  evaluateAlarms: doorbell(z.object({ key: z.string().min(1) }), {
    key: (message) => message.key,
    fromKey: (key) => ({ key }),
  }),
  scaleTarget: doorbell(z.object({ targetId: z.string().min(1) }), {
    key: (message) => message.targetId,
    fromKey: (targetId) => ({ targetId }),
  }),
});
