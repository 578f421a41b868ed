/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  GetMetricData:
    "percentiles are refused, and so are more datapoints than one answer holds; of metric math: arithmetic, comparison, SUM, AVG, MIN, MAX, METRICS, FILL with a number, IF, ABS, CEIL, FLOOR, PERIOD; labels are shown as they were written: dynamic ones are not filled in",
  GetMetricStatistics: "percentiles are refused",
  PutMetricAlarm: "percentiles, anomaly detection and actions other than scaling policies are refused",
} as const;
