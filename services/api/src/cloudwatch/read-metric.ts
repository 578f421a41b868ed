/** Reads how requests name metrics and what is asked of them. */
import type { Dimension, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { MetricQuery, Statistic } from "@roadstead/scaling/alarm";
import { cloudwatchErrors } from "./errors.ts";

const DIMENSIONS_MAX = 30;
const STATISTICS = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;
const QUERY_ID = /^[a-z][a-zA-Z0-9_]{0,254}$/;

/** Printable ASCII, and not blank. */
const DIMENSION_TEXT = /^[ -~]*[!-~][ -~]*$/;

/** A name twice keeps its last value, as the metric's identity is a set. `path` is where they are in the request. */
export function readDimensions(
  dimensions: readonly Dimension[] = [],
  path = "Dimensions",
): Record<string, string> {
  if (dimensions.length > DIMENSIONS_MAX) {
    throw cloudwatchErrors.invalid(`No more than ${DIMENSIONS_MAX} dimensions may be specified.`);
  }
  const read = dimensions.map(({ Name = "", Value = "" }, index) => {
    const at = `${path}.member.${index + 1}`;
    if (!DIMENSION_TEXT.test(Name) || Name.startsWith(":")) throw invalidValue(Name, `${at}.Name`);
    if (!DIMENSION_TEXT.test(Value)) throw invalidValue(Value, `${at}.Value`);
    return [Name, Value];
  });
  return Object.fromEntries(read);
}

const invalidValue = (value: string, parameter: string) =>
  cloudwatchErrors.invalid(`The value ${value} for parameter ${parameter} is invalid.`);

const isStatistic = (text: string): text is Statistic => (STATISTICS as readonly string[]).includes(text);

export function readStatistic(text: string): Statistic {
  if (isStatistic(text)) return text;
  throw cloudwatchErrors.unsupported(`The statistic ${text} is`);
}

/** Whole minutes, or one of some shorter times. */
const periodAmong =
  (...shorter: readonly number[]) =>
  (seconds: number): number => {
    if (shorter.includes(seconds) || (seconds > 0 && seconds % 60 === 0)) return seconds;
    throw cloudwatchErrors.invalid(`The parameter Period must be ${shorter.join(", ")} or a multiple of 60.`);
  };

/** In which points can be asked for: those of high resolution in short ones too. */
export const checkReadPeriod = periodAmong(1, 5, 10, 20, 30);
/** Of what an alarm looks at. */
export const checkPeriod = periodAmong(10, 20, 30);

/** `checked` says which periods are good where the queries are for. */
export function readQueries(
  queries: readonly MetricDataQuery[],
  checked: (seconds: number) => number,
): readonly MetricQuery[] {
  const ids = new Set<string>();
  return queries.map((query) => {
    const { Id: id = "", MetricStat: stat, Expression: expression } = query;
    if (!QUERY_ID.test(id)) {
      throw cloudwatchErrors.validation(
        `The value '${id}' for parameter Id is not valid: it must begin with a lower-case letter.`,
      );
    }
    if (ids.has(id)) throw cloudwatchErrors.validation(`The id ${id} is used more than once.`);
    ids.add(id);
    if (query.AccountId) throw cloudwatchErrors.unsupported("Metrics of another account are");
    if ((stat === undefined) === (expression === undefined)) {
      throw cloudwatchErrors.validation(
        "Exactly one of MetricStat and Expression must be specified in a query.",
      );
    }
    return {
      id,
      metric: stat ? readStat(stat, checked) : null,
      expression: expression ?? null,
      periodSeconds: query.Period ?? null,
      label: query.Label ?? null,
      returnData: query.ReturnData ?? true,
    };
  });
}

type Stat = NonNullable<MetricDataQuery["MetricStat"]>;

function readStat({ Metric: metric, Period, Stat: stat, Unit }: Stat, checked: (seconds: number) => number) {
  if (!metric?.Namespace) throw cloudwatchErrors.missing("Namespace");
  if (!metric.MetricName) throw cloudwatchErrors.missing("MetricName");
  return {
    namespace: metric.Namespace,
    metricName: metric.MetricName,
    dimensions: readDimensions(metric.Dimensions),
    statistic: readStatistic(stat ?? ""),
    periodSeconds: checked(Period ?? 0),
    unit: Unit ?? null,
  };
}
