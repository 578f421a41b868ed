/** ecs:ListServiceDeployments. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html */
import { ListServiceDeployments$, type ListServiceDeploymentsCommand } from "@aws-sdk/client-ecs";
import { listDeployments } from "@roadstead/db/service-deployments";
import { operation } from "../operation.ts";
import { loadPage } from "../pagination.ts";
import { activeCluster } from "./references.ts";
import { renderDeploymentBrief } from "./render/service-deployment.ts";
import { knownService, serviceAuthorization } from "./service-references.ts";

export const listServiceDeployments = operation<ListServiceDeploymentsCommand>(ListServiceDeployments$, {
  authorize: ({ input, ctx }) => serviceAuthorization(ctx.scope, "ecs:ListServiceDeployments", input),
  async handle({ input, ctx }) {
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const service = await knownService(ctx.db, ctx.scope, cluster, input.service);
    const filter = {
      serviceId: service.id,
      statuses: input.status?.length ? input.status : null,
      createdBefore: input.createdAt?.before ?? null,
      createdAfter: input.createdAt?.after ?? null,
    };
    const { rows, nextToken } = await loadPage({
      ctx,
      operation: "ListServiceDeployments",
      filter,
      input,
      defaultSize: 20,
      maxSize: 100,
      load: (after, limit) => listDeployments(ctx.db, { ...filter, after, limit }),
      keyOf: ({ id }) => id,
    });
    const place = { scope: ctx.scope, clusterName: cluster.name, serviceName: service.name };
    return { serviceDeployments: rows.map((row) => renderDeploymentBrief(place, row)), nextToken };
  },
});
