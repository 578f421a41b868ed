/** The two alarms that a target tracking policy makes for itself, as Application Auto Scaling makes them on AWS. */
import type { WantedAlarm } from "@roadstead/db/alarms";
import type { ComparisonOperator } from "@roadstead/scaling/alarm";
import { newUuid } from "@roadstead/service-kit/ids";
import type { Tracking, Watched } from "./read-tracking.ts";

const HIGH_PERIODS = 3;
const LOW_PERIODS = 15;
/** Fewer tasks are wanted once the metric is clearly below its target. */
const LOW_SHARE = 0.9;

export interface AlarmsOwner {
  readonly policyArn: string;
  readonly resourceId: string;
  /** Those that it has, which keep their names. */
  readonly alarmNames: readonly string[];
}

/** The high one, and the low one unless the policy may not scale in. */
export function trackingAlarms(
  owner: AlarmsOwner,
  tracking: Tracking,
  watched: Watched,
): readonly WantedAlarm[] {
  const alarm = (
    side: Side,
    comparison: ComparisonOperator,
    threshold: number,
    periods: number,
  ): WantedAlarm => ({
    name: alarmName(owner, side),
    actionsEnabled: true,
    definition: {
      description: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${owner.policyArn}.`,
      okActions: [],
      alarmActions: [owner.policyArn],
      insufficientDataActions: [],
      ...watched,
      comparisonOperator: comparison,
      threshold,
      evaluationPeriods: periods,
      datapointsToAlarm: null,
      treatMissingData: null,
    },
  });
  const high = alarm("AlarmHigh", "GreaterThanThreshold", tracking.targetValue, HIGH_PERIODS);
  if (tracking.disableScaleIn) return [high];
  return [high, alarm("AlarmLow", "LessThanThreshold", lowThreshold(tracking.targetValue), LOW_PERIODS)];
}

type Side = "AlarmHigh" | "AlarmLow";

const alarmName = ({ resourceId, alarmNames }: AlarmsOwner, side: Side): string =>
  alarmNames.find((name) => name.includes(`-${side}-`)) ??
  `TargetTracking-${resourceId}-${side}-${newUuid()}`;

/** Without the tail that a binary fraction leaves: 0.9 of 70 is 63. */
const lowThreshold = (target: number): number => Number((target * LOW_SHARE).toPrecision(12));
