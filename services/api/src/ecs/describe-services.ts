/** ecs:DescribeServices. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
import { DescribeServices$, type DescribeServicesCommand } from "@aws-sdk/client-ecs";
import { findServices } from "@roadstead/db/services";
import { serviceArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster } from "./references.ts";
import { loadServiceParts, renderService } from "./render/service.ts";
import { serviceAuthorization, serviceName } from "./service-references.ts";

const SERVICES_MAX = 10;

export const describeServices = operation<DescribeServicesCommand>(DescribeServices$, {
  authorize: ({ input, ctx }) =>
    (input.services ?? []).map((service) =>
      serviceAuthorization(ctx.scope, "ecs:DescribeServices", { cluster: input.cluster, service }),
    ),
  async handle({ input, ctx }) {
    const references = input.services ?? [];
    if (references.length === 0) throw ecsErrors.servicesEmpty();
    if (references.length > SERVICES_MAX) throw ecsErrors.tooMany("Services", SERVICES_MAX);
    return ctx.db.read(async (tx) => {
      const cluster = await activeCluster(tx, ctx.scope, input.cluster);
      const names = [...new Set(references.map((text) => serviceName(ctx.scope, cluster.name, text)))];
      const rows = new Map((await findServices(tx, cluster.id, names)).map((row) => [row.name, row]));
      const partsOf = await loadServiceParts(
        tx,
        [...rows.values()].map(({ id }) => id),
      );
      const withTags = input.include?.includes("TAGS") ?? false;
      const place = { scope: ctx.scope, clusterName: cluster.name, withTags };
      return {
        services: names
          .flatMap((name) => rows.get(name) ?? [])
          .map((row) => renderService(place, row, partsOf(row.id))),
        failures: names
          .filter((name) => !rows.has(name))
          .map((name) => ({ arn: serviceArn(ctx.scope, cluster.name, name), reason: "MISSING" })),
      };
    });
  },
});
