/** cloudwatch:PutMetricData. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
import {
  PutMetricData$,
  type PutMetricDataCommand,
  type MetricDatum as SdkDatum,
} from "@aws-sdk/client-cloudwatch";
import { type MetricDatum, recordMetricData } from "@roadstead/db/metric-write";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { readDimensions } from "./read-metric.ts";

const DATA_MAX = 1_000;
const VALUES_MAX = 150;
const PAST_MAX_MS = 14 * 86_400_000;
const FUTURE_MAX_MS = 2 * 3_600_000;
/** Values that this is more than, either way, are refused. */
const VALUE_MAX = 2 ** 360;

export const putMetricData = operation<PutMetricDataCommand>(PutMetricData$, {
  authorize: ({ input }) => ({
    action: "cloudwatch:PutMetricData",
    resource: "*",
    context: { "cloudwatch:namespace": input.Namespace ?? "" },
  }),
  async handle({ input, ctx }) {
    const { Namespace: namespace = "", MetricData: data = [] } = input;
    if (/^AWS\//.test(namespace)) {
      throw cloudwatchErrors.invalid("The value AWS/ for parameter Namespace is invalid.");
    }
    if (input.EntityMetricData) throw cloudwatchErrors.unsupported("EntityMetricData is");
    if (data.length === 0) throw cloudwatchErrors.missing("MetricData");
    if (data.length > DATA_MAX) {
      throw cloudwatchErrors.invalid(
        `The collection MetricData must not have a size greater than ${DATA_MAX}.`,
      );
    }
    const nowMs = Date.now();
    const read = data.map((datum, index) =>
      readDatum(datum, {
        namespace,
        nowMs,
        minuteMs: ctx.settings.metricPeriodMs,
        path: `MetricData.member.${index + 1}`,
      }),
    );
    await recordMetricData(ctx.db, ctx.scope.id, read);
    return {};
  },
});

interface Reading {
  readonly namespace: string;
  readonly nowMs: number;
  readonly minuteMs: number;
  /** Where the datum is in the request. */
  readonly path: string;
}

function readDatum(datum: SdkDatum, { namespace, nowMs, minuteMs, path }: Reading): MetricDatum {
  const resolution = datum.StorageResolution ?? 60;
  if (resolution !== 1 && resolution !== 60) {
    throw cloudwatchErrors.invalid(`The parameter ${path}.StorageResolution must be 1 or 60.`);
  }
  const atMs = datum.Timestamp?.getTime() ?? nowMs;
  if (atMs < nowMs - PAST_MAX_MS || atMs > nowMs + FUTURE_MAX_MS) {
    throw cloudwatchErrors.invalid(
      `The parameter ${path}.Timestamp must specify a time within the past two weeks and the next two hours.`,
    );
  }
  const stepMs = resolution === 1 ? Math.min(1_000, minuteMs) : minuteMs;
  return {
    namespace,
    metricName: datum.MetricName ?? "",
    dimensions: readDimensions(datum.Dimensions, `${path}.Dimensions`),
    atMs: Math.floor(atMs / stepMs) * stepMs,
    unit: datum.Unit ?? "None",
    ...readValues(datum, path),
  };
}

type Sample = Pick<MetricDatum, "sampleCount" | "sum" | "minimum" | "maximum">;

function readValues(datum: SdkDatum, path: string): Sample {
  const { Value: value, StatisticValues: set, Values: values, Counts: counts } = datum;
  const given = [value, set, values].filter((one) => one !== undefined).length;
  if (given === 0) throw cloudwatchErrors.missing(`${path}.Value`);
  if (given > 1) {
    throw cloudwatchErrors.combination(
      `The parameters ${path}.Value, ${path}.Values and ${path}.StatisticValues are mutually exclusive and you have specified more than one.`,
    );
  }
  if (values) return ofValues(values, counts, path);
  if (set) {
    const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = set;
    for (const number of [SampleCount, Sum, Minimum, Maximum]) checkValue(number, path);
    if (SampleCount <= 0) {
      throw cloudwatchErrors.invalid(
        `The value ${SampleCount} for parameter ${path}.StatisticValues.SampleCount is invalid.`,
      );
    }
    if (Minimum > Maximum) {
      throw cloudwatchErrors.combination(
        `The parameter ${path}.StatisticValues.Minimum must be less than or equal to ${path}.StatisticValues.Maximum.`,
      );
    }
    return { sampleCount: SampleCount, sum: Sum, minimum: Minimum, maximum: Maximum };
  }
  const single = checkValue(value ?? 0, path);
  return { sampleCount: 1, sum: single, minimum: single, maximum: single };
}

function ofValues(values: readonly number[], counts: readonly number[] | undefined, path: string): Sample {
  if (values.length === 0 || values.length > VALUES_MAX) {
    throw cloudwatchErrors.invalid(
      `The collection ${path}.Values must have between 1 and ${VALUES_MAX} values.`,
    );
  }
  if (counts && counts.length !== values.length) {
    throw cloudwatchErrors.invalid(
      `The parameters ${path}.Values and ${path}.Counts must have the same number of values.`,
    );
  }
  let [sampleCount, sum] = [0, 0];
  for (const [index, value] of values.entries()) {
    const count = counts?.[index] ?? 1;
    if (!(count > 0)) throw cloudwatchErrors.invalid(`The parameter ${path}.Counts must be greater than 0.`);
    sampleCount += count;
    sum += checkValue(value, path) * count;
  }
  return { sampleCount, sum, minimum: Math.min(...values), maximum: Math.max(...values) };
}

function checkValue(value: number, path: string): number {
  if (Number.isFinite(value) && Math.abs(value) <= VALUE_MAX) return value;
  throw cloudwatchErrors.invalid(`The value ${value} for parameter ${path}.Value is invalid.`);
}
