/** elasticloadbalancing:CreateListener. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html */
import { CreateListener$, type CreateListenerCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { findListener, insertListener, type ListenerRow, listListeners } from "@roadstead/db/listeners";
import { loadBalancerArn } from "@roadstead/model/balancer-arn";
import { operation } from "../operation.ts";
import { creating, onNew, onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadGroupArns, readBalancerActions } from "./forwarding.ts";
import { type ListenerSettings, readListenerSettings } from "./listener-settings.ts";
import { renderListener } from "./render.ts";
import { heldLoadBalancer } from "./subject.ts";
import { readTags } from "./tags.ts";

const LISTENERS_MAX = 50;

type Settings = Pick<ListenerRow, "defaultActions"> & ListenerSettings;

/** Asked again in the same words, AWS answers with what there is. */
const isSame = (present: Settings, wanted: Settings) => settingsOf(present) === settingsOf(wanted);

const settingsOf = ({ protocol, certificates: [certificate], sslPolicy, defaultActions }: Settings) =>
  JSON.stringify([
    protocol,
    certificate,
    sslPolicy,
    defaultActions.map((action) => Object.entries(action).toSorted()),
  ]);

export const createListener = operation<CreateListenerCommand>(CreateListener$, {
  async authorize({ input, ctx }) {
    const on = await onResource(ctx, "CreateListener", input.LoadBalancerArn);
    const [, balancer = "*"] = (input.LoadBalancerArn ?? "").split("loadbalancer/");
    const { resource: made } = onNew(ctx, "AddTags", `listener/${balancer}/*`);
    return creating("CreateListener", { on, made, tags: input.Tags });
  },
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const loadBalancer = await heldLoadBalancer(tx, ctx, input.LoadBalancerArn);
      const arn = loadBalancerArn(ctx.scope, loadBalancer);
      const settings = await readListenerSettings(tx, ctx, input, null);
      const { port } = settings;
      const tags = readTags(input.Tags);
      const defaultActions = await readBalancerActions(tx, ctx, loadBalancer, input.DefaultActions);
      const groups = await loadGroupArns(tx, ctx, defaultActions);
      const wanted = { ...settings, defaultActions, tags };
      const present = await listListeners(
        tx,
        { scopeId: ctx.scope.id, loadBalancerId: loadBalancer.id },
        { afterId: "", limit: LISTENERS_MAX },
      );
      const samePort = present.find((listener) => listener.port === port);
      if (samePort) {
        if (!isSame(samePort, wanted)) throw elbErrors.duplicateListener(arn);
        return { Listeners: [renderListener(ctx, samePort, groups)] };
      }
      if (present.length >= LISTENERS_MAX) throw elbErrors.tooManyListeners(arn, LISTENERS_MAX);
      const id = await insertListener(tx, { loadBalancerId: loadBalancer.id, ...wanted });
      const made = await findListener(tx, ctx.scope.id, id);
      return { Listeners: made ? [renderListener(ctx, made, groups)] : [] };
    }),
});
