/** Task state changes as events: the task as it was when it got the version that the log names. */
import type { Task } from "@aws-sdk/client-ecs";
import type { ContainerInstanceRow } from "@roadstead/db/container-instances";
import type { LoggedEvent } from "@roadstead/db/event-routing";
import type { TaskRow } from "@roadstead/db/tasks";
import { renderTask } from "@roadstead/ecs-shapes/render-task";
import type { Place } from "@roadstead/model/arn";
import type { TaskState } from "@roadstead/model/task-transition";
import type { EventBody } from "./event-envelope.ts";

export interface TaskSurroundings {
  readonly place: Place;
  readonly clusterName: string;
  readonly instances: ReadonlyMap<string, ContainerInstanceRow>;
}

export function taskEvent(logged: LoggedEvent, row: TaskRow, around: TaskSurroundings): EventBody {
  const { place, clusterName, instances } = around;
  const scope = { ...place, id: logged.scopeId };
  const task = renderTask({ scope, clusterName, instances, withTags: false }, asLogged(row, logged));
  const { tags: _, attachments = [], ...shown } = task;
  return {
    source: "aws.ecs",
    detailType: "ECS Task State Change",
    resources: [task.taskArn ?? ""],
    detail: { attachments: attachments.map(asEvent), ...shown, updatedAt: logged.at },
  };
}

/** Events call interfaces `eni`, which answers call `ElasticNetworkInterface`. */
const asEvent = (attachment: NonNullable<Task["attachments"]>[number]) => ({
  ...attachment,
  ...(attachment.type === "ElasticNetworkInterface" ? { type: "eni" } : {}),
});

/** The log holds what changes; when it is read, the row may be further on. */
function asLogged(row: TaskRow, { version, detail, at }: LoggedEvent): TaskRow {
  const state = detail as Partial<TaskState> & Pick<Partial<TaskRow>, "connectivity">;
  const moment = (name: TimeName) => {
    const logged = state[name];
    if (logged !== undefined) return logged === null ? null : new Date(logged);
    const now = row[name];
    return now !== null && now <= at ? now : null;
  };
  return {
    ...row,
    version,
    desiredStatus: state.desiredStatus ?? row.desiredStatus,
    lastStatus: state.lastStatus ?? row.lastStatus,
    healthStatus: state.healthStatus ?? row.healthStatus,
    containers: state.containers ?? row.containers,
    connectivity: state.connectivity ?? row.connectivity,
    stopCode: state.stopCode === undefined ? row.stopCode : state.stopCode,
    stoppedReason: state.stoppedReason === undefined ? row.stoppedReason : state.stoppedReason,
    pullStartedAt: moment("pullStartedAt"),
    pullStoppedAt: moment("pullStoppedAt"),
    startedAt: moment("startedAt"),
    stoppingAt: moment("stoppingAt"),
    executionStoppedAt: moment("executionStoppedAt"),
    stoppedAt: moment("stoppedAt"),
  };
}

type TimeName =
  | "pullStartedAt"
  | "pullStoppedAt"
  | "startedAt"
  | "stoppingAt"
  | "executionStoppedAt"
  | "stoppedAt";
