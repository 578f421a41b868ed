/** What callers must be allowed to do for an operation on load balancers: the action, on which ARN, with which tags. */
import type { Tag as ElbTag } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Authorization } from "@roadstead/aws-protocol/operation";
import { parseBalancerArn } from "@roadstead/model/balancer-arn";
import type { ApiContext } from "../context.ts";
import { findTags } from "./tagged.ts";
import { requestTagKeys, resourceTagKeys } from "./tags.ts";

const SERVICE = "elasticloadbalancing";

/** AWS lets nobody be confined to single resources when they look. */
export const describing = (operation: string) => (): Authorization => ({
  action: `${SERVICE}:${operation}`,
  resource: "*",
});

/** An operation on what an ARN names. */
export async function onResource(
  ctx: ApiContext,
  operation: string,
  arn: string | undefined,
): Promise<Authorization> {
  const resource = arn ?? "";
  // A text that is no ARN is refused as such once the caller was let in.
  const tags = parseBalancerArn(resource) ? await findTags(ctx.db, ctx, resource) : null;
  return {
    action: `${SERVICE}:${operation}`,
    resource: resource || "*",
    context: resourceTagKeys(tags ?? []),
  };
}

/** Making something with tags needs the permission to tag, for that operation. */
export function creating(
  operation: string,
  wanted: { readonly on: Authorization; readonly made: string; readonly tags: readonly ElbTag[] | undefined },
): readonly Authorization[] {
  const asked = requestTagKeys(wanted.tags);
  const on = { ...wanted.on, context: { ...wanted.on.context, ...asked } };
  if (!wanted.tags?.length) return [on];
  const context = { ...asked, [`${SERVICE}:CreateAction`]: operation };
  return [on, { action: `${SERVICE}:AddTags`, resource: wanted.made, context }];
}

/** The action on something that has only a name yet. */
export const onNew = (ctx: ApiContext, operation: string, resource: string): Authorization => ({
  action: `${SERVICE}:${operation}`,
  resource: `arn:aws:${SERVICE}:${ctx.scope.region}:${ctx.scope.accountId}:${resource}`,
});
