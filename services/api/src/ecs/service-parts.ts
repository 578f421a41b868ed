/** Finds the services that ARNs of service deployments and revisions name; the operations that describe them share this. */
import type { ReadTx } from "@roadstead/db/connect";
import type { Scope } from "@roadstead/db/scopes";
import { findServicesOfScope, type ServiceOfArn } from "@roadstead/db/services";
import { clusterArn, parseServicePart, serviceArn } from "@roadstead/model/arn";
import { ecsErrors } from "./errors.ts";

const PARTS_MAX = 20;

type PartType = "service-deployment" | "service-revision";

export interface WantedPart {
  readonly arn: string;
  readonly cluster: string;
  readonly service: string;
  readonly id: string;
}

/** The parts that a request names, each once. */
export function wantedParts(scope: Scope, type: PartType, arns: readonly string[] = []): WantedPart[] {
  const what = type === "service-deployment" ? "Service deployments" : "Service revisions";
  if (arns.length === 0) throw ecsErrors.invalidParameter(`${what} cannot be empty.`);
  if (arns.length > PARTS_MAX) throw ecsErrors.tooMany(what, PARTS_MAX);
  return [...new Set(arns)].map((arn) => {
    const parsed = parseServicePart(arn, type);
    const { place } = parsed ?? {};
    if (!parsed || place?.accountId !== scope.accountId || place.region !== scope.region) {
      throw ecsErrors.invalidIdentifier(arn);
    }
    return { arn, cluster: parsed.cluster, service: parsed.service, id: parsed.id };
  });
}

/** AWS asks for the part and for the service it is of. */
export const partAuthorizations = (scope: Scope, action: string, parts: readonly WantedPart[]) =>
  parts.flatMap(({ arn, cluster, service }) =>
    [serviceArn(scope, cluster, service), arn].map((resource) => ({
      action,
      resource,
      context: {
        "ecs:cluster": clusterArn(scope, cluster),
        "ecs:service": serviceArn(scope, cluster, service),
      },
    })),
  );

/** The service of each part's row, checked against what its ARN says. */
export async function servicesOfParts(
  tx: Pick<ReadTx, "query">,
  scope: Scope,
  rows: readonly { readonly serviceId: string }[],
): Promise<(part: WantedPart, row: { readonly serviceId: string } | undefined) => ServiceOfArn | null> {
  const found = await findServicesOfScope(
    tx,
    scope.id,
    rows.map(({ serviceId }) => serviceId),
  );
  return (part, row) =>
    found.find(
      (service) =>
        service.id === row?.serviceId &&
        service.name === part.service &&
        service.clusterName === part.cluster,
    ) ?? null;
}
