/** Gives tasks the credentials of their roles; deliveries and the loop that renews them ask. */
import { tasksMayAssume } from "@roadstead/access/assume-role";
import type { ReadTx } from "@roadstead/db/connect";
import {
  findRolesByName,
  type TaskCredentials,
  type TaskCredentialsMint,
  type TaskRoleType,
} from "@roadstead/db/task-credentials";
import { type Place, parseRoleArn, roleArn } from "@roadstead/model/arn";
import type { TaskDefinition } from "@roadstead/model/task-definition";
import type { TaskOverrides } from "./decide/apply-overrides.ts";
import { type RoleCredentials, renderCredentials } from "./decide/render-credentials.ts";

export interface RoleMint {
  readonly mint: TaskCredentialsMint;
  readonly lifeMs: number;
}

export interface TaskOfRoles {
  readonly id: string;
  readonly overrides: TaskOverrides;
  readonly definition: Pick<TaskDefinition, "taskRoleArn" | "executionRoleArn">;
}

/** A role that cannot be assumed, or is gone, is absent: whatever needs it fails and says so. */
export type CredentialsOfTask = Partial<Record<TaskRoleType, RoleCredentials>>;

const TYPES = ["TaskApplication", "TaskExecution"] as const;

function writtenRole({ overrides, definition }: TaskOfRoles, type: TaskRoleType): string | null {
  const role =
    type === "TaskApplication"
      ? (overrides.taskRoleArn ?? definition.taskRoleArn)
      : (overrides.executionRoleArn ?? definition.executionRoleArn);
  return role || null;
}

export const hasRoles = (task: TaskOfRoles): boolean =>
  TYPES.some((type) => writtenRole(task, type) !== null);

/** By task; tasks without roles are left out. */
export async function loadTaskRoles(
  tx: Pick<ReadTx, "query">,
  { mint, lifeMs }: RoleMint,
  { place, tasks }: { readonly place: Place; readonly tasks: readonly TaskOfRoles[] },
): Promise<ReadonlyMap<string, CredentialsOfTask>> {
  const wanted = tasks.flatMap((task) =>
    TYPES.flatMap((type) => {
      const written = writtenRole(task, type);
      return written === null ? [] : [{ task, type, written, name: nameOf(written, place) }];
    }),
  );
  const names = [...new Set(wanted.flatMap(({ name }) => name ?? []))];
  const roles = await findRolesByName(tx, place.accountId, names);
  const expiresAtMs = Date.now() + lifeMs;
  const found = new Map<string, CredentialsOfTask>();
  for (const { task, type, written, name } of wanted) {
    const role = name === null ? undefined : roles.get(name.toLowerCase());
    const arn = role && roleArn(place.accountId, role.path, role.name);
    if (!role || !arn || (written.startsWith("arn:") && arn !== written) || !tasksMayAssume(role, place))
      continue;
    const credentials: TaskCredentials = mint.mint({
      taskId: task.id,
      type,
      roleId: role.roleId,
      expiresAtMs,
    });
    found.set(task.id, { ...found.get(task.id), [type]: renderCredentials(arn, credentials) });
  }
  return found;
}

/** A bare name means a role of the account; another account's role is not given to tasks. */
function nameOf(written: string, { accountId }: Place): string | null {
  if (!written.startsWith("arn:")) return written.split("/").at(-1) ?? written;
  const parsed = parseRoleArn(written);
  return parsed?.accountId === accountId ? parsed.name : null;
}
