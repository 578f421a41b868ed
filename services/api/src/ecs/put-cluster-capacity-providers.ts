/** ecs:PutClusterCapacityProviders. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html */
import { PutClusterCapacityProviders$, type PutClusterCapacityProvidersCommand } from "@aws-sdk/client-ecs";
import { countClusters, lockCluster, providersInUse, setClusterDetails } from "@roadstead/db/clusters";
import { operation } from "../operation.ts";
import { checkedProviders } from "./capacity-input.ts";
import { ecsErrors } from "./errors.ts";
import { clusterArnOf, clusterName } from "./references.ts";
import { renderCluster } from "./render/cluster.ts";

export const putClusterCapacityProviders = operation<PutClusterCapacityProvidersCommand>(
  PutClusterCapacityProviders$,
  {
    authorize: ({ input, ctx }) => ({
      action: "ecs:PutClusterCapacityProviders",
      resource: clusterArnOf(ctx.scope, input.cluster),
    }),
    async handle({ input, ctx }) {
      const providers = checkedProviders(input.capacityProviders, input.defaultCapacityProviderStrategy);
      const name = clusterName(ctx.scope, input.cluster);
      const cluster = await ctx.db.write(async (tx) => {
        const held = await lockCluster(tx, ctx.scope.id, name, "update");
        if (!held) throw ecsErrors.clusterNotFound();
        if (held.status !== "ACTIVE") throw ecsErrors.clusterInactive();
        const used = await providersInUse(tx, held.id);
        if (used.some((provider) => !providers.capacityProviders.includes(provider))) {
          throw ecsErrors.capacityProviderInUse();
        }
        const row = await setClusterDetails(tx, held, providers);
        const [counts] = await countClusters(tx, [row.id]);
        return renderCluster(ctx.scope, row, counts ?? null, ["SETTINGS", "CONFIGURATIONS", "TAGS"]);
      });
      return { cluster };
    },
  },
);
