/**
 * Which state an alarm's newest periods put it in, M of N, with what is missing treated as the alarm says. Pure.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
import type { AlarmDefinition, AlarmState, ComparisonOperator } from "./alarm.ts";
import { evaluationReason } from "./alarm-reason.ts";

/** One period, without a value when nothing was said in it. */
export interface AlarmPoint {
  readonly atMs: number;
  readonly value: number | null;
}

export interface AlarmEvaluation {
  /** Null leaves the alarm as it is. */
  readonly state: AlarmState | null;
  readonly reason: string;
  /** The points that decided, oldest first. */
  readonly decisive: readonly AlarmPoint[];
}

/** A few more periods than must be looked at, so that late or missing points need not be guessed. */
const MORE_PERIODS = 2;

export const evaluationRange = ({ evaluationPeriods }: AlarmDefinition): number =>
  evaluationPeriods + MORE_PERIODS;

/** `range` holds the newest periods, oldest first: as many as `evaluationRange` says. */
export function evaluateAlarm(definition: AlarmDefinition, range: readonly AlarmPoint[]): AlarmEvaluation {
  const { evaluationPeriods: periods, datapointsToAlarm } = definition;
  const needed = datapointsToAlarm ?? periods;
  const real = range.filter((point) => point.value !== null).slice(-periods);
  const breaching = real.filter((point) => isBreaching(definition, point));
  const missing = periods - real.length;
  const state = decide({
    definition,
    range,
    needed,
    real: real.length,
    breaching: breaching.length,
    missing,
  });
  const decisive = state === "ALARM" ? breaching : real;
  return { state, decisive, reason: evaluationReason(definition, { state, real, breaching, missing }) };
}

interface Counted {
  readonly definition: AlarmDefinition;
  readonly range: readonly AlarmPoint[];
  readonly needed: number;
  readonly real: number;
  readonly breaching: number;
  readonly missing: number;
}

function decide({ definition, range, needed, real, breaching, missing }: Counted): AlarmState | null {
  if (breaching >= needed) return "ALARM";
  if (missing === 0) return "OK";
  const treated = definition.treatMissingData ?? "missing";
  switch (treated) {
    case "breaching":
      return breaching + missing >= needed ? "ALARM" : "OK";
    case "notBreaching":
      return "OK";
    case "ignore":
      return real > breaching ? "OK" : null;
    case "missing":
      if (real > breaching) return "OK";
      return isOldEnough(definition, range, needed) ? "ALARM" : "INSUFFICIENT_DATA";
    default:
      return treated satisfies never;
  }
}

/** Everything that was said breaches, and began to so long ago that what is missing since changes nothing. */
function isOldEnough(definition: AlarmDefinition, range: readonly AlarmPoint[], needed: number): boolean {
  const oldest = range.findIndex((point) => isBreaching(definition, point));
  return oldest >= 0 && range.length - oldest >= needed;
}

const isBreaching = (definition: AlarmDefinition, { value }: AlarmPoint): boolean =>
  value !== null && COMPARISONS[definition.comparisonOperator](value, definition.threshold);

const COMPARISONS: Readonly<Record<ComparisonOperator, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};
