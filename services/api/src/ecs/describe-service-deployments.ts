/** ecs:DescribeServiceDeployments. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html */
import { DescribeServiceDeployments$, type DescribeServiceDeploymentsCommand } from "@aws-sdk/client-ecs";
import {
  countDeploymentTasks,
  findDeploymentsByArnId,
  liveDeployments,
} from "@roadstead/db/service-deployments";
import { operation } from "../operation.ts";
import { renderServiceDeployment } from "./render/service-deployment.ts";
import { partAuthorizations, servicesOfParts, wantedParts } from "./service-parts.ts";

const TYPE = "service-deployment";

export const describeServiceDeployments = operation<DescribeServiceDeploymentsCommand>(
  DescribeServiceDeployments$,
  {
    authorize: ({ input, ctx }) =>
      partAuthorizations(
        ctx.scope,
        "ecs:DescribeServiceDeployments",
        wantedParts(ctx.scope, TYPE, input.serviceDeploymentArns),
      ),
    handle: ({ input, ctx }) =>
      ctx.db.read(async (tx) => {
        const wanted = wantedParts(ctx.scope, TYPE, input.serviceDeploymentArns);
        const rows = await findDeploymentsByArnId(
          tx,
          wanted.map(({ id }) => id),
        );
        const serviceOf = await servicesOfParts(tx, ctx.scope, rows);
        const serviceIds = [...new Set(rows.map(({ serviceId }) => serviceId))];
        const live = await liveDeployments(tx, serviceIds);
        const counts = await countDeploymentTasks(tx, serviceIds);
        const answers = wanted.map((part) => {
          const row = rows.find(({ arnId }) => arnId === part.id);
          const service = serviceOf(part, row);
          if (!row || !service) return null;
          const place = { scope: ctx.scope, clusterName: service.clusterName, serviceName: service.name };
          return renderServiceDeployment(place, service, row, { live, counts });
        });
        return {
          serviceDeployments: answers.flatMap((answer) => answer ?? []),
          failures: wanted
            .filter((_, index) => answers[index] === null)
            .map(({ arn }) => ({ arn, reason: "MISSING" })),
        };
      }),
  },
);
