/** application-autoscaling:PutScalingPolicy. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html */
import { PutScalingPolicy$, type PutScalingPolicyCommand } from "@aws-sdk/client-application-auto-scaling";
import { deleteAlarms, putAlarm } from "@roadstead/db/alarms";
import type { WriteTx } from "@roadstead/db/connect";
import { policiesOfTarget, putPolicy, type ScalingPolicyRow } from "@roadstead/db/scaling-policies";
import type { PolicyConfiguration } from "@roadstead/db/schema/scaling";
import { scalingPolicyArn } from "@roadstead/model/scaling-arn";
import { newUuid } from "@roadstead/service-kit/ids";
import { operation } from "../operation.ts";
import { scalingErrors } from "./errors.ts";
import { readPolicy } from "./read-policy.ts";
import { watchedBy } from "./read-tracking.ts";
import { renderAlarms } from "./render.ts";
import { checkRequestLabel } from "./request-label.ts";
import { authorizeTarget, heldTarget, scaledService } from "./subject.ts";
import { trackingAlarms } from "./tracking-alarms.ts";

const POLICIES_MAX = 50;

export const putScalingPolicy = operation<PutScalingPolicyCommand>(PutScalingPolicy$, {
  authorize: authorizeTarget("PutScalingPolicy"),
  async handle({ input, ctx }) {
    const configuration = readPolicy(input);
    const { PolicyName: name = "" } = input;
    return ctx.db.write(async (tx) => {
      const target = await heldTarget(tx, ctx, input);
      const policies = await policiesOfTarget(tx, target.id);
      const old = policies.find((policy) => policy.name === name);
      if (!old && policies.length >= POLICIES_MAX)
        throw scalingErrors.tooMany("scaling policies", POLICIES_MAX);
      if (old && old.configuration.type !== configuration.type) throw scalingErrors.anotherType();
      checkMetric(
        policies.filter((policy) => policy !== old),
        configuration,
      );
      const service = scaledService(input);
      const label = configuration.type === "TargetTrackingScaling" && configuration.predefined?.resourceLabel;
      if (label) await checkRequestLabel(tx, ctx, service, label);
      const id = old?.id ?? newUuid();
      const { resourceId } = target;
      const policyArn = scalingPolicyArn(ctx.scope, { id, resourceId, name });
      const owner = { policyArn, resourceId, alarmNames: old?.alarmNames ?? [] };
      const alarms =
        configuration.type === "TargetTrackingScaling"
          ? trackingAlarms(owner, configuration, watchedBy(configuration, service))
          : [];
      const alarmNames = alarms.map((alarm) => alarm.name);
      await putPolicy(tx, target.id, id, { name, configuration, alarmNames });
      await dropAlarms(tx, target.scopeId, old, alarmNames);
      for (const alarm of alarms) await putAlarm(tx, target.scopeId, alarm);
      return { PolicyARN: policyArn, Alarms: renderAlarms(ctx.scope, alarmNames) };
    });
  },
});

/** Two policies that track the same would work against each other. */
function checkMetric(others: readonly ScalingPolicyRow[], configuration: PolicyConfiguration): void {
  if (configuration.type !== "TargetTrackingScaling") return;
  const tracked = metricKey(configuration);
  if (others.some((policy) => metricKey(policy.configuration) === tracked)) {
    throw scalingErrors.validation(
      "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
    );
  }
}

/** Says the same of the same metric, in whatever order the database gives its members back. */
function metricKey(configuration: PolicyConfiguration): string | null {
  if (configuration.type !== "TargetTrackingScaling") return null;
  const { predefined, customized, queries } = configuration;
  return JSON.stringify([
    predefined && [predefined.metricType, predefined.resourceLabel],
    customized && [
      customized.namespace,
      customized.name,
      customized.statistic,
      Object.entries(customized.dimensions).toSorted(),
    ],
    queries?.map(({ id, expression, metric }) => [id, expression, metric?.namespace, metric?.metricName]),
  ]);
}

async function dropAlarms(
  tx: WriteTx,
  scopeId: number,
  old: ScalingPolicyRow | undefined,
  kept: readonly string[],
): Promise<void> {
  const gone = (old?.alarmNames ?? []).filter((name) => !kept.includes(name));
  if (gone.length > 0) await deleteAlarms(tx, scopeId, gone);
}
