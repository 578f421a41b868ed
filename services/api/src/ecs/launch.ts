/** The life of a launch inside the api: accept, wait for placement, answer. RunTask and StartTask share it. */
import { createHash } from "node:crypto";
import type { Failure, RunTaskRequest, StartTaskRequest, Task } from "@aws-sdk/client-ecs";
import { TASKS_PRINCIPAL } from "@roadstead/access/assume-role";
import type { ClusterRow } from "@roadstead/db/clusters";
import {
  expireLaunchRequest,
  findLaunchRequest,
  type LaunchRequestRow,
  type NewLaunchRequest,
  type NewTask,
  openLaunchRequest,
} from "@roadstead/db/launch-requests";
import type { Scope } from "@roadstead/db/scopes";
import type { TaskDefinitionRow } from "@roadstead/db/task-definitions";
import { tasksOfLaunch } from "@roadstead/db/tasks";
import { renderTask } from "@roadstead/ecs-shapes/render-task";
import { containerInstanceArn, taskArn, taskDefinitionArn } from "@roadstead/model/arn";
import { declaredContainer } from "@roadstead/model/declared-container";
import { taskDemand } from "@roadstead/model/resources";
import type { LaunchType } from "@roadstead/model/task";
import type { ApiContext } from "../context.ts";
import { ecsErrors } from "./errors.ts";
import { instancesOf } from "./instances-of.ts";
import { passedRoleArn } from "./passed-role.ts";
import { checkedTags } from "./tags.ts";
import { isFargateSize } from "./task-definition/sizes.ts";
import { effectiveOverrides } from "./task-overrides.ts";

/** A nudge may be lost; then the request is looked at this often. */
const POLL_MS = 50;
const GROUP_MAX_CHARS = 255;
const STARTED_BY = /^[A-Za-z0-9_/-]{0,128}$/;

type LaunchInput = Pick<
  RunTaskRequest & StartTaskRequest,
  | "overrides"
  | "group"
  | "startedBy"
  | "tags"
  | "propagateTags"
  | "enableECSManagedTags"
  | "enableExecuteCommand"
>;

/** The task a request asks for; throws AWS's error for what cannot be. */
export function newTask(
  input: LaunchInput,
  revision: TaskDefinitionRow,
  launchType: LaunchType,
  clusterName: string,
): NewTask {
  if (input.propagateTags === "SERVICE") throw ecsErrors.propagateFromService();
  const group = input.group || `family:${revision.family}`;
  if (group.length > GROUP_MAX_CHARS)
    throw ecsErrors.invalidParameter("Task group must be at most 255 characters long.");
  // Placement and listings take this group at its word.
  if (group.startsWith("service:")) throw ecsErrors.invalidParameter("Invalid namespace for group.");
  if (!STARTED_BY.test(input.startedBy ?? "")) throw ecsErrors.invalidParameter("Invalid startedBy value.");
  const result = effectiveOverrides(revision.definition, input.overrides);
  if (!result.ok) {
    throw result.error.code === "ClientException"
      ? ecsErrors.clientException(result.error.message)
      : ecsErrors.invalidParameter(result.error.message);
  }
  const { cpu = null, memory = null } = result.definition;
  if (launchType === "FARGATE" && !isFargateSize(Number(cpu), Number(memory)))
    throw ecsErrors.fargateSize(cpu, memory);
  const own = checkedTags(input.tags);
  const managed = input.enableECSManagedTags ? [{ key: "aws:ecs:clusterName", value: clusterName }] : [];
  const inherited = input.propagateTags === "TASK_DEFINITION" ? revision.tags : [];
  return {
    taskDefinitionId: revision.id,
    family: revision.family,
    launchType,
    group,
    startedBy: input.startedBy || null,
    demand: taskDemand(result.definition),
    cpu,
    memory,
    overrides: { ...result.overrides },
    containers: result.definition.containerDefinitions.map(declaredContainer),
    tags: [...managed, ...inherited.filter(({ key }) => !own.some((tag) => tag.key === key)), ...own],
    enableExecuteCommand: input.enableExecuteCommand ?? false,
  };
}

export type RoleOverrides = RunTaskRequest["overrides"];

/** Roles that tasks are given, as written: those of the definition unless the request overrides them. */
export function rolesOf(revision: TaskDefinitionRow, overrides: RoleOverrides): readonly string[] {
  const taskRole = overrides?.taskRoleArn ?? revision.definition.taskRoleArn;
  const executionRole = overrides?.executionRoleArn ?? revision.definition.executionRoleArn;
  return [...new Set([taskRole, executionRole].flatMap((role) => role || []))];
}

/** Roles the caller must be allowed to pass. */
const passedRoles = (scope: Scope, revision: TaskDefinitionRow, overrides: RoleOverrides): string[] => [
  ...new Set(rolesOf(revision, overrides).map((role) => passedRoleArn(scope, role))),
];

/** Whoever starts tasks of a revision must be allowed to give them its roles. */
export const passRoleAuthorizations = (
  scope: Scope,
  revision: TaskDefinitionRow,
  overrides: RunTaskRequest["overrides"],
) =>
  passedRoles(scope, revision, overrides).map((role) => ({
    action: "iam:PassRole",
    resource: role,
    context: { "iam:PassedToService": TASKS_PRINCIPAL },
  }));

/** What a launch must be allowed to do: run the revision in the cluster, and pass its roles. */
export const launchAuthorizations = (
  ctx: ApiContext,
  action: "ecs:RunTask" | "ecs:StartTask",
  launch: {
    readonly revision: TaskDefinitionRow;
    readonly clusterArn: string;
    readonly overrides: RunTaskRequest["overrides"];
    readonly enableExecuteCommand: boolean | undefined;
  },
) => [
  {
    action,
    resource: taskDefinitionArn(ctx.scope, launch.revision.family, launch.revision.revision),
    context: {
      "ecs:cluster": launch.clusterArn,
      "ecs:enable-execute-command": String(launch.enableExecuteCommand ?? false),
    },
  },
  ...passRoleAuthorizations(ctx.scope, launch.revision, launch.overrides),
];

export interface LaunchAnswer {
  readonly tasks: Task[];
  readonly failures: Failure[];
}

/** Accepts the launch (or finds the one its token names), waits until it is placed, and answers. */
export async function launch(
  ctx: ApiContext,
  cluster: ClusterRow,
  wanted: Omit<NewLaunchRequest, "scopeId" | "clusterId" | "deadlineMs">,
): Promise<LaunchAnswer> {
  const { request, created } = await ctx.db.write((tx) =>
    openLaunchRequest(tx, {
      ...wanted,
      scopeId: ctx.scope.id,
      clusterId: cluster.id,
      deadlineMs: ctx.settings.launchDeadlineMs,
    }),
  );
  if (!created && request.requestHash !== wanted.requestHash) {
    const tasks = await tasksOfLaunch(ctx.db, request.id);
    throw ecsErrors.tokenReused(tasks.map(({ id }) => taskArn(ctx.scope, cluster.name, id)));
  }
  const finished = await waitUntilPlaced(ctx, request);
  if (finished?.status !== "DONE") throw ecsErrors.launchNotPlaced();
  return answer(ctx, cluster, finished);
}

async function waitUntilPlaced(ctx: ApiContext, request: LaunchRequestRow): Promise<LaunchRequestRow | null> {
  const deadline = performance.now() + ctx.settings.launchDeadlineMs;
  let current: LaunchRequestRow | null = request;
  while (current?.status === "OPEN" && performance.now() < deadline) {
    await ctx.waitForNudge(`launch:${request.id}`, POLL_MS);
    current = await findLaunchRequest(ctx.db, request.id);
  }
  return current?.status === "OPEN" ? ctx.db.write((tx) => expireLaunchRequest(tx, request.id)) : current;
}

async function answer(
  ctx: ApiContext,
  cluster: ClusterRow,
  request: LaunchRequestRow,
): Promise<LaunchAnswer> {
  const rows = await tasksOfLaunch(ctx.db, request.id);
  const instances = await instancesOf(ctx.db, rows);
  const place = { scope: ctx.scope, clusterName: cluster.name, instances, withTags: true };
  return {
    tasks: rows.map((row) => renderTask(place, row)),
    failures: request.failures.map(({ instanceId, reason, detail }) => ({
      reason,
      ...(instanceId ? { arn: containerInstanceArn(ctx.scope, cluster.name, instanceId) } : {}),
      ...(detail ? { detail } : {}),
    })),
  };
}

/** Equal requests hash equally, whatever the order of their members; the token is no part of it. */
export function requestHash(input: Record<string, unknown>): string {
  const { clientToken: _, ...rest } = input;
  return createHash("sha256")
    .update(JSON.stringify(sorted(rest)))
    .digest("base64url");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]),
  );
}
