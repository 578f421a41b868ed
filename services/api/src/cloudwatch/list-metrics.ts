/** cloudwatch:ListMetrics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html */
import { ListMetrics$, type ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { listMetrics as metricsOf } from "@roadstead/db/metric-list";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { loadPage } from "./page.ts";
import { renderDimensions } from "./render.ts";
import { onAll } from "./subject.ts";

const SIZE = 500;
const LISTED_MS = 14 * 86_400_000;
const RECENT_MS = 3 * 3_600_000;

export const listMetrics = operation<ListMetricsCommand>(ListMetrics$, {
  authorize: onAll("ListMetrics"),
  async handle({ input, ctx }) {
    if (input.IncludeLinkedAccounts || input.OwningAccount) {
      throw cloudwatchErrors.unsupported("Metrics of another account are");
    }
    const { Namespace = null, MetricName = null, Dimensions = [], RecentlyActive } = input;
    const dimensions = Dimensions.map(({ Name = "", Value = null }) => ({ name: Name, value: Value }));
    const filter = { namespace: Namespace, metricName: MetricName, dimensions };
    const sinceMs = Date.now() - (RecentlyActive === "PT3H" ? RECENT_MS : LISTED_MS);
    const { rows, next } = await loadPage(ctx, {
      operation: "ListMetrics",
      filter: [filter, RecentlyActive ?? null],
      size: SIZE,
      token: input.NextToken,
      load: (after, limit) =>
        metricsOf(ctx.db, ctx.scope.id, { ...filter, sinceMs, after: after || "0", limit }),
      keyOf: ({ id }) => id,
    });
    return {
      Metrics: rows.map((row) => ({
        Namespace: row.namespace,
        MetricName: row.metricName,
        Dimensions: renderDimensions(row.dimensions),
      })),
      ...next,
    };
  },
});
