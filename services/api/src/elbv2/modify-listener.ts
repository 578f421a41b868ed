/** elasticloadbalancing:ModifyListener. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html */
import { ModifyListener$, type ModifyListenerCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { listListeners, updateListener } from "@roadstead/db/listeners";
import { loadBalancerArn } from "@roadstead/model/balancer-arn";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadGroupArns, readBalancerActions } from "./forwarding.ts";
import { readListenerSettings } from "./listener-settings.ts";
import { renderListener } from "./render.ts";
import { heldListener } from "./subject.ts";

const LISTENERS_MAX = 50;

export const modifyListener = operation<ModifyListenerCommand>(ModifyListener$, {
  authorize: ({ input, ctx }) => onResource(ctx, "ModifyListener", input.ListenerArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { loadBalancer, listener } = await heldListener(tx, ctx, input.ListenerArn);
      const settings = await readListenerSettings(tx, ctx, input, listener);
      const others = await listListeners(
        tx,
        { scopeId: ctx.scope.id, loadBalancerId: loadBalancer.id },
        { afterId: "", limit: LISTENERS_MAX },
      );
      if (others.some((other) => other.id !== listener.id && other.port === settings.port)) {
        throw elbErrors.duplicateListener(loadBalancerArn(ctx.scope, loadBalancer));
      }
      const defaultActions = input.DefaultActions?.length
        ? await readBalancerActions(tx, ctx, loadBalancer, input.DefaultActions)
        : listener.defaultActions;
      const changed = { ...listener, ...settings, defaultActions };
      await updateListener(tx, changed);
      return {
        Listeners: [renderListener(ctx, changed, await loadGroupArns(tx, ctx, defaultActions))],
      };
    }),
});
