/** Which scalable target a request is about, and what must be allowed to act on it. */
import type { Authorization } from "@roadstead/aws-protocol/operation";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { findTarget, lockTarget, type ScalableTargetRow } from "@roadstead/db/scalable-targets";
import {
  parseScaledService,
  SCALABLE_DIMENSION,
  type ScaledService,
  SERVICE_NAMESPACE,
  scalableTargetArn,
} from "@roadstead/model/scaling-arn";
import type { ApiContext } from "../context.ts";
import { scalingErrors } from "./errors.ts";
import { tagKeys } from "./tags.ts";

/** How every request names a scalable target. */
export interface TargetInput {
  readonly ServiceNamespace?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ScalableDimension?: string | undefined;
}

const isScalable = ({ ServiceNamespace, ScalableDimension }: TargetInput) =>
  ServiceNamespace === SERVICE_NAMESPACE && ScalableDimension === SCALABLE_DIMENSION;

/** The service that a request to scale one names. */
export function scaledService(input: TargetInput): ScaledService {
  const service = isScalable(input) ? parseScaledService(input.ResourceId ?? "") : null;
  if (!service) throw scalingErrors.unsupportedResource();
  return service;
}

async function existingTarget(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  input: TargetInput,
): Promise<ScalableTargetRow> {
  const resourceId = input.ResourceId ?? "";
  const row = isScalable(input) ? await findTarget(tx, ctx.scope.id, resourceId) : null;
  if (!row) throw scalingErrors.noTarget(resourceId);
  return row;
}

/** The same, held while it changes. */
export async function heldTarget(
  tx: WriteTx,
  ctx: ApiContext,
  input: TargetInput,
): Promise<ScalableTargetRow> {
  const held = await lockTarget(tx, (await existingTarget(tx, ctx, input)).id);
  if (!held) throw scalingErrors.noTarget(input.ResourceId ?? "");
  return held;
}

/** The action on the scalable target that the request names, or on any where there is none yet. */
export const authorizeTarget =
  (action: string) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: TargetInput & { readonly Tags?: Readonly<Record<string, string>> | undefined };
    readonly ctx: ApiContext;
  }): Promise<Authorization> => {
    const row = await findTarget(ctx.db, ctx.scope.id, input.ResourceId ?? "");
    return {
      action: `application-autoscaling:${action}`,
      resource: scalableTargetArn(ctx.scope, row?.id ?? "*"),
      context: {
        "application-autoscaling:service-namespace": input.ServiceNamespace ?? "",
        "application-autoscaling:scalable-dimension": input.ScalableDimension ?? "",
        ...tagKeys(row?.tags ?? [], input.Tags),
      },
    };
  };

/** AWS lets nobody be confined to single targets when they look. */
export const describing = (action: string) => (): Authorization => ({
  action: `application-autoscaling:${action}`,
  resource: "*",
});

/** Whether a list that is asked for can hold anything here. */
export const isListed = ({ ServiceNamespace, ScalableDimension }: TargetInput): boolean =>
  ServiceNamespace === SERVICE_NAMESPACE &&
  (ScalableDimension === undefined || ScalableDimension === SCALABLE_DIMENSION);
