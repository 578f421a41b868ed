/** What a describing operation is asked for by name or ARN; an empty list is as good as none. */
import type { BalancerResource } from "@roadstead/model/balancer-arn";
import type { ApiContext } from "../context.ts";
import { idOf } from "./subject.ts";

export const named = (given: readonly string[] | undefined): readonly string[] | undefined =>
  given?.length ? given : undefined;

/** An ARN of another account or region has an id that nothing here has. */
export const idsOf = (ctx: ApiContext, kind: BalancerResource, arns: readonly string[]): readonly string[] =>
  arns.map((arn) => idOf(ctx, kind, arn) ?? arn);
