/** Builds and reads the names of what Application Auto Scaling keeps; the api and the autoscaler name it so everywhere. */
import { type Place, parseArn } from "./arn.ts";

export const SERVICE_NAMESPACE = "ecs";
export const SCALABLE_DIMENSION = "ecs:service:DesiredCount";

export const scalableTargetArn = ({ accountId, region }: Place, id: string) =>
  `arn:aws:application-autoscaling:${region}:${accountId}:scalable-target/${id}`;

/** Null when the text is not the ARN of a scalable target. */
export function parseScalableTargetArn(text: string): { readonly place: Place; readonly id: string } | null {
  const arn = parseArn(text);
  const [type, id, ...rest] = arn?.resource.split("/") ?? [];
  if (arn?.service !== "application-autoscaling" || type !== "scalable-target" || !id || rest.length > 0) {
    return null;
  }
  return { place: { accountId: arn.accountId, region: arn.region }, id };
}

export interface ScalingName {
  readonly id: string;
  /** Of the scalable target that it belongs to. */
  readonly resourceId: string;
  readonly name: string;
}

export const scalingPolicyArn = ({ accountId, region }: Place, { id, resourceId, name }: ScalingName) =>
  `arn:aws:autoscaling:${region}:${accountId}:scalingPolicy:${id}:resource/${SERVICE_NAMESPACE}/${resourceId}:policyName/${name}`;

export const scheduledActionArn = ({ accountId, region }: Place, { id, resourceId, name }: ScalingName) =>
  `arn:aws:autoscaling:${region}:${accountId}:scheduledAction:${id}:resource/${SERVICE_NAMESPACE}/${resourceId}:scheduledActionName/${name}`;

export interface ScaledService {
  readonly clusterName: string;
  readonly serviceName: string;
}

const RESOURCE_ID = /^service\/([A-Za-z0-9_-]{1,255})\/([A-Za-z0-9_-]{1,255})$/;

/** The service that a resource id names, or null when it names something else. */
export function parseScaledService(resourceId: string): ScaledService | null {
  const [, clusterName, serviceName] = RESOURCE_ID.exec(resourceId) ?? [];
  return clusterName && serviceName ? { clusterName, serviceName } : null;
}
