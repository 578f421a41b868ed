/** What services did and how their deployments go, as events. */
import type { LoggedEvent } from "@roadstead/db/event-routing";
import { clusterArn, type Place, serviceArn } from "@roadstead/model/arn";
import type { EventBody } from "./event-envelope.ts";

interface ActionDetail {
  readonly cluster: string;
  readonly service: string;
  readonly eventType: string;
  readonly eventName: string;
  readonly reason: string | null;
}

interface DeploymentDetail {
  readonly cluster: string;
  readonly service: string;
  readonly rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  readonly reason: string;
}

export const serviceEvent = (logged: LoggedEvent, place: Place): EventBody =>
  logged.kind === "deployment" ? deploymentState(logged, place) : serviceAction(logged, place);

function serviceAction({ detail, at }: LoggedEvent, place: Place): EventBody {
  const { cluster, service, eventType, eventName, reason } = detail as unknown as ActionDetail;
  return {
    source: "aws.ecs",
    detailType: "ECS Service Action",
    resources: [serviceArn(place, cluster, service)],
    detail: {
      eventType,
      eventName,
      clusterArn: clusterArn(place, cluster),
      createdAt: at,
      ...(reason === null ? {} : { reason }),
    },
  };
}

function deploymentState({ objectId, detail, at }: LoggedEvent, place: Place): EventBody {
  const { cluster, service, rolloutState, reason } = detail as unknown as DeploymentDetail;
  return {
    source: "aws.ecs",
    detailType: "ECS Deployment State Change",
    resources: [serviceArn(place, cluster, service)],
    detail: {
      eventType: rolloutState === "FAILED" ? "ERROR" : "INFO",
      eventName: `SERVICE_DEPLOYMENT_${rolloutState}`,
      deploymentId: objectId,
      updatedAt: at,
      reason,
    },
  };
}
