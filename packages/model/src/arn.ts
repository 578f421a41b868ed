/** Builds and reads the ARNs of ECS, ECR, IAM and Logs; every service that names a resource calls this. */

declare const brand: unique symbol;
export type Arn<Kind extends string> = string & { readonly [brand]: Kind };
export type ClusterArn = Arn<"cluster">;
export type TaskArn = Arn<"task">;
export type ContainerArn = Arn<"container">;
export type ContainerInstanceArn = Arn<"container-instance">;
export type TaskDefinitionArn = Arn<"task-definition">;
export type ServiceArn = Arn<"service">;
export type ServiceDeploymentArn = Arn<"service-deployment">;
export type ServiceRevisionArn = Arn<"service-revision">;
export type UserArn = Arn<"user">;
export type RoleArn = Arn<"role">;
export type AssumedRoleArn = Arn<"assumed-role">;
export type PolicyArn = Arn<"policy">;
export type InstanceProfileArn = Arn<"instance-profile">;
export type RepositoryArn = Arn<"repository">;
export type LogGroupArn = Arn<"log-group">;
export type LogStreamArn = Arn<"log-stream">;

/** Account and region a regional resource lives in. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

const ecs = ({ accountId, region }: Place, resource: string): string =>
  `arn:aws:ecs:${region}:${accountId}:${resource}`;

export const clusterArn = (place: Place, name: string) => ecs(place, `cluster/${name}`) as ClusterArn;
export const taskArn = (place: Place, cluster: string, id: string) =>
  ecs(place, `task/${cluster}/${id}`) as TaskArn;
export const containerArn = (place: Place, cluster: string, taskId: string, containerId: string) =>
  ecs(place, `container/${cluster}/${taskId}/${containerId}`) as ContainerArn;
export const containerInstanceArn = (place: Place, cluster: string, id: string) =>
  ecs(place, `container-instance/${cluster}/${id}`) as ContainerInstanceArn;
export const serviceArn = (place: Place, cluster: string, name: string) =>
  ecs(place, `service/${cluster}/${name}`) as ServiceArn;
/** `id` is the deployment's own, not the `ecs-svc/…` of the service's list. */
export const serviceDeploymentArn = (place: Place, cluster: string, service: string, id: string) =>
  ecs(place, `service-deployment/${cluster}/${service}/${id}`) as ServiceDeploymentArn;
export const serviceRevisionArn = (place: Place, cluster: string, service: string, id: string) =>
  ecs(place, `service-revision/${cluster}/${service}/${id}`) as ServiceRevisionArn;
/** Of a task's network interface. */
export const attachmentArn = (place: Place, id: string) => ecs(place, `attachment/${id}`);
export const taskDefinitionArn = (place: Place, family: string, revision: number | string) =>
  ecs(place, `task-definition/${family}:${revision}`) as TaskDefinitionArn;

export const repositoryArn = ({ accountId, region }: Place, name: string) =>
  `arn:aws:ecr:${region}:${accountId}:repository/${name}` as RepositoryArn;

/** Of a log group; what belongs to it comes after another colon. */
export const logGroupArn = ({ accountId, region }: Place, name: string) =>
  `arn:aws:logs:${region}:${accountId}:log-group:${name}` as LogGroupArn;

export const logStreamArn = (place: Place, group: string, name: string) =>
  `${logGroupArn(place, group)}:log-stream:${name}` as LogStreamArn;

export const userArn = (accountId: string, path: string, name: string) =>
  `arn:aws:iam::${accountId}:user${path}${name}` as UserArn;
export const roleArn = (accountId: string, path: string, name: string) =>
  `arn:aws:iam::${accountId}:role${path}${name}` as RoleArn;
/** A session of a role; the role's path is no part of it. */
export const assumedRoleArn = (accountId: string, roleName: string, sessionName: string) =>
  `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}` as AssumedRoleArn;
export const policyArn = (accountId: string, path: string, name: string) =>
  `arn:aws:iam::${accountId}:policy${path}${name}` as PolicyArn;
export const instanceProfileArn = (accountId: string, path: string, name: string) =>
  `arn:aws:iam::${accountId}:instance-profile${path}${name}` as InstanceProfileArn;
/** The account and the name (without the path) of a role that is named by its ARN; null when the text is none. */
export function parseRoleArn(text: string): { readonly accountId: string; readonly name: string } | null {
  const arn = parseArn(text);
  const [type, ...parts] = arn?.resource.split("/") ?? [];
  const name = parts.at(-1);
  if (arn?.service !== "iam" || arn.region !== "" || type !== "role" || !name) return null;
  return { accountId: arn.accountId, name };
}

export interface ParsedArn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  /** Everything after the fifth colon, e.g. `task/default/0123…`. */
  readonly resource: string;
}

/** Splits an ARN, or answers null when the text is not one. */
export function parseArn(text: string): ParsedArn | null {
  const [arn, partition, service, region, accountId, ...resource] = text.split(":");
  if (arn !== "arn" || !partition || !service || region === undefined || accountId === undefined) return null;
  if (resource.length === 0 || resource[0] === "") return null;
  return { partition, service, region, accountId, resource: resource.join(":") };
}

/**
 * What a caller may write where AWS expects a cluster-scoped resource: a short id, or a full ARN in the
 * current (`task/cluster/id`) or the old short (`task/id`) form.
 */
export type ResourceReference =
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "arn"; readonly place: Place; readonly cluster: string | null; readonly id: string }
  | { readonly kind: "malformed"; readonly text: string };

export function parseClusterScoped(
  text: string,
  resourceType: "task" | "container-instance" | "service",
): ResourceReference {
  if (!text.startsWith("arn:")) {
    return text === "" || text.includes("/") ? { kind: "malformed", text } : { kind: "id", id: text };
  }
  const arn = parseArn(text);
  const [type, first, second, ...rest] = arn?.resource.split("/") ?? [];
  if (arn?.service !== "ecs" || type !== resourceType || !first || second === "" || rest.length > 0) {
    return { kind: "malformed", text };
  }
  const place = { accountId: arn.accountId, region: arn.region };
  return second === undefined
    ? { kind: "arn", place, cluster: null, id: first }
    : { kind: "arn", place, cluster: first, id: second };
}

/** The ARN of a part of a service, of which AWS takes no short form. Null when the text is not one. */
export function parseServicePart(
  text: string,
  resourceType: "service-deployment" | "service-revision",
): { readonly place: Place; readonly cluster: string; readonly service: string; readonly id: string } | null {
  const arn = parseArn(text);
  const [type, cluster, service, id, ...rest] = arn?.resource.split("/") ?? [];
  if (arn?.service !== "ecs" || type !== resourceType || !cluster || !service || !id || rest.length > 0) {
    return null;
  }
  return { place: { accountId: arn.accountId, region: arn.region }, cluster, service, id };
}

/** A cluster as callers write it: short name or ARN. Null when the text is neither. */
export function parseCluster(text: string): { readonly name: string; readonly place: Place | null } | null {
  if (!text.startsWith("arn:")) return { name: text, place: null };
  const arn = parseArn(text);
  const [type, name, ...rest] = arn?.resource.split("/") ?? [];
  if (arn?.service !== "ecs" || type !== "cluster" || !name || rest.length > 0) return null;
  return { name, place: { accountId: arn.accountId, region: arn.region } };
}

/** A task definition as callers write it: `family`, `family:revision` or an ARN. Null when it is none of them. */
export function parseTaskDefinition(
  text: string,
): { readonly family: string; readonly revision: string | null; readonly place: Place | null } | null {
  let place: Place | null = null;
  let name = text;
  if (text.startsWith("arn:")) {
    const arn = parseArn(text);
    if (arn?.service !== "ecs" || !arn.resource.startsWith("task-definition/")) return null;
    place = { accountId: arn.accountId, region: arn.region };
    name = arn.resource.slice("task-definition/".length);
  }
  const [family, revision, ...rest] = name.split(":");
  if (!family || rest.length > 0) return null;
  return { family, revision: revision ?? null, place };
}
