/** ecs:DescribeClusters. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html */
import { DescribeClusters$, type DescribeClustersCommand } from "@aws-sdk/client-ecs";
import { countClusters, findClusters } from "@roadstead/db/clusters";
import { clusterArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { clusterArnOf, clusterName, DEFAULT_CLUSTER } from "./references.ts";
import { renderCluster } from "./render/cluster.ts";

const CLUSTERS_MAX = 100;

const references = (clusters: readonly string[] | undefined): readonly string[] =>
  clusters?.length ? clusters : [DEFAULT_CLUSTER];

export const describeClusters = operation<DescribeClustersCommand>(DescribeClusters$, {
  authorize: ({ input, ctx }) =>
    references(input.clusters).map((reference) => ({
      action: "ecs:DescribeClusters",
      resource: clusterArnOf(ctx.scope, reference),
    })),
  async handle({ input, ctx }) {
    const wanted = references(input.clusters);
    if (wanted.length > CLUSTERS_MAX) throw ecsErrors.tooMany("Clusters", CLUSTERS_MAX);
    const names = [...new Set(wanted.map((reference) => clusterName(ctx.scope, reference)))];
    return ctx.db.read(async (tx) => {
      const rows = await findClusters(tx, ctx.scope.id, names);
      const counts = await countClusters(
        tx,
        rows.map(({ id }) => id),
      );
      const byName = new Map(rows.map((row) => [row.name, row]));
      const found = names.flatMap((name) => byName.get(name) ?? []);
      return {
        clusters: found.map((row) =>
          renderCluster(
            ctx.scope,
            row,
            counts.find((c) => c.clusterId === row.id) ?? null,
            input.include ?? [],
          ),
        ),
        failures: names
          .filter((name) => !byName.has(name))
          .map((name) => ({ arn: clusterArn(ctx.scope, name), reason: "MISSING" })),
      };
    });
  },
});
