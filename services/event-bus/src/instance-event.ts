/** Changes of container instances as events. */
import type { ContainerInstanceRow } from "@roadstead/db/container-instances";
import type { LoggedEvent } from "@roadstead/db/event-routing";
import {
  type InstanceDetails,
  renderContainerInstance,
} from "@roadstead/ecs-shapes/render-container-instance";
import type { Place } from "@roadstead/model/arn";
import type { EventBody } from "./event-envelope.ts";

export interface InstanceSurroundings extends Pick<InstanceDetails, "ports" | "counts"> {
  readonly place: Place;
  readonly clusterName: string;
}

export function instanceEvent(
  logged: LoggedEvent,
  row: ContainerInstanceRow,
  { place, clusterName, ports, counts }: InstanceSurroundings,
): EventBody {
  const scope = { ...place, id: logged.scopeId };
  const at = { ...row, ...(logged.detail as Partial<ContainerInstanceRow>), version: logged.version };
  const shape = renderContainerInstance(scope, clusterName, at, { ports, counts, withTags: false });
  const { tags: _, ...shown } = shape;
  return {
    source: "aws.ecs",
    detailType: "ECS Container Instance State Change",
    resources: [shape.containerInstanceArn ?? ""],
    detail: { ...shown, updatedAt: logged.at },
  };
}
