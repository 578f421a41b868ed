/** elasticloadbalancing:RegisterTargets. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html */
import { RegisterTargets$, type RegisterTargetsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { knownMachines, listTargets, registerTargets as registerRows } from "@roadstead/db/targets";
import { operation } from "../operation.ts";
import { isTargetAddress } from "./addresses.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { heldTargetGroup } from "./subject.ts";
import { keyOf, readTargets } from "./targets.ts";

const TARGETS_MAX = 1_000;

export const registerTargets = operation<RegisterTargetsCommand>(RegisterTargets$, {
  authorize: ({ input, ctx }) => onResource(ctx, "RegisterTargets", input.TargetGroupArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const group = await heldTargetGroup(tx, ctx, input.TargetGroupArn);
      const targets = readTargets(group, input.Targets);
      const ids = targets.map(({ targetId }) => targetId);
      if (group.targetType === "ip") {
        const wrong = ids.find((id) => !isTargetAddress(id));
        if (wrong !== undefined) {
          throw elbErrors.validation(`The IP address '${wrong}' is not a valid IPv4 address of a target`);
        }
      } else {
        const known = await knownMachines(tx, ctx.scope.id, ids);
        const unknown = ids.filter((id) => !known.has(id));
        if (unknown.length > 0) throw elbErrors.invalidTargets(unknown);
      }
      const registered = (await listTargets(tx, group.id)).filter(({ state }) => state === "registered");
      if (new Set([...registered, ...targets].map(keyOf)).size > TARGETS_MAX) {
        throw elbErrors.tooManyTargets(input.TargetGroupArn ?? "", TARGETS_MAX);
      }
      await registerRows(tx, group.id, targets);
      return {};
    }),
});
