/** ecs:DescribeServiceRevisions. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html */
import { DescribeServiceRevisions$, type DescribeServiceRevisionsCommand } from "@aws-sdk/client-ecs";
import { findServiceRevisions } from "@roadstead/db/service-deployments";
import { operation } from "../operation.ts";
import { renderServiceRevision } from "./render/service-deployment.ts";
import { partAuthorizations, servicesOfParts, wantedParts } from "./service-parts.ts";

const TYPE = "service-revision";

export const describeServiceRevisions = operation<DescribeServiceRevisionsCommand>(
  DescribeServiceRevisions$,
  {
    authorize: ({ input, ctx }) =>
      partAuthorizations(
        ctx.scope,
        "ecs:DescribeServiceRevisions",
        wantedParts(ctx.scope, TYPE, input.serviceRevisionArns),
      ),
    handle: ({ input, ctx }) =>
      ctx.db.read(async (tx) => {
        const wanted = wantedParts(ctx.scope, TYPE, input.serviceRevisionArns);
        const rows = await findServiceRevisions(
          tx,
          wanted.map(({ id }) => id),
        );
        const serviceOf = await servicesOfParts(tx, ctx.scope, rows);
        const answers = wanted.map((part) => {
          const row = rows.find(({ id }) => id === part.id);
          const service = serviceOf(part, row);
          if (!row || !service) return null;
          const place = { scope: ctx.scope, clusterName: service.clusterName, serviceName: service.name };
          return renderServiceRevision(place, row);
        });
        return {
          serviceRevisions: answers.flatMap((answer) => answer ?? []),
          failures: wanted
            .filter((_, index) => answers[index] === null)
            .map(({ arn }) => ({ arn, reason: "MISSING" })),
        };
      }),
  },
);
