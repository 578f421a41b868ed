/** application-autoscaling:RegisterScalableTarget. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html */
import {
  RegisterScalableTarget$,
  type RegisterScalableTargetCommand,
  type RegisterScalableTargetRequest,
} from "@aws-sdk/client-application-auto-scaling";
import { findCluster } from "@roadstead/db/clusters";
import type { WriteTx } from "@roadstead/db/connect";
import {
  countTargets,
  findTarget,
  putTarget,
  type ScalableTargetRow,
  type WantedTarget,
} from "@roadstead/db/scalable-targets";
import { scaleIntoBounds } from "@roadstead/db/scale-service";
import { lockService, type ServiceRow } from "@roadstead/db/services";
import { type ScaledService, scalableTargetArn } from "@roadstead/model/scaling-arn";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { scalingErrors } from "./errors.ts";
import { authorizeTarget, scaledService } from "./subject.ts";
import { withTags } from "./tags.ts";

const TARGETS_MAX = 3_000;

export const registerScalableTarget = operation<RegisterScalableTargetCommand>(RegisterScalableTarget$, {
  authorize: authorizeTarget("RegisterScalableTarget"),
  async handle({ input, ctx }) {
    const named = scaledService(input);
    const resourceId = input.ResourceId ?? "";
    return ctx.db.write(async (tx) => {
      const service = await heldService(tx, ctx, named);
      if (!service) throw scalingErrors.noService(resourceId);
      const old = await findTarget(tx, ctx.scope.id, resourceId);
      const wanted = wantedTarget(input, old);
      const tags = withTags(old?.tags ?? [], old ? {} : input.Tags);
      if (!old && (await countTargets(tx, ctx.scope.id)) >= TARGETS_MAX) {
        throw scalingErrors.tooMany("scalable targets", TARGETS_MAX);
      }
      const row = await putTarget(tx, { scopeId: ctx.scope.id, resourceId }, { ...wanted, tags });
      await scaleIntoBounds(tx, service, row);
      return { ScalableTargetARN: scalableTargetArn(ctx.scope, row.id) };
    });
  },
});

/** A daemon has as many tasks as there are machines. */
async function heldService(
  tx: WriteTx,
  ctx: ApiContext,
  { clusterName, serviceName }: ScaledService,
): Promise<ServiceRow | null> {
  const cluster = await findCluster(tx, ctx.scope.id, clusterName);
  const service = cluster ? await lockService(tx, cluster.id, serviceName) : null;
  if (service?.status !== "ACTIVE") return null;
  if (service.schedulingStrategy === "DAEMON") {
    throw scalingErrors.validation("Services with the scheduling strategy DAEMON cannot be scaled.");
  }
  return service;
}

/** What is left out stays as it is; the first registration must say both bounds. */
function wantedTarget(input: RegisterScalableTargetRequest, old: ScalableTargetRow | null): WantedTarget {
  const minCapacity = input.MinCapacity ?? old?.minCapacity;
  const maxCapacity = input.MaxCapacity ?? old?.maxCapacity;
  if (minCapacity === undefined || maxCapacity === undefined) {
    throw scalingErrors.validation(
      "MinCapacity and MaxCapacity must be specified when a scalable target is registered.",
    );
  }
  if (minCapacity < 0 || maxCapacity < 0) {
    throw scalingErrors.validation("MinCapacity and MaxCapacity must not be negative.");
  }
  if (maxCapacity < minCapacity) {
    throw scalingErrors.validation("MaxCapacity must be greater than or equal to MinCapacity.");
  }
  const asked = input.SuspendedState;
  const suspended = {
    scaleIn: asked?.DynamicScalingInSuspended ?? old?.suspended.scaleIn ?? false,
    scaleOut: asked?.DynamicScalingOutSuspended ?? old?.suspended.scaleOut ?? false,
    scheduled: asked?.ScheduledScalingSuspended ?? old?.suspended.scheduled ?? false,
  };
  return { minCapacity, maxCapacity, suspended };
}
