/** Refuses a launch whose roles ECS could not assume for its tasks; RunTask and StartTask ask before anything is launched. */
import { tasksMayAssume } from "@roadstead/access/assume-role";
import { findRole } from "@roadstead/db/roles";
import type { TaskDefinitionRow } from "@roadstead/db/task-definitions";
import { parseRoleArn, roleArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { ecsErrors } from "./errors.ts";
import { type RoleOverrides, rolesOf } from "./launch.ts";
import { passedRoleArn } from "./passed-role.ts";

export async function checkRoles(
  ctx: ApiContext,
  revision: TaskDefinitionRow,
  overrides: RoleOverrides,
): Promise<void> {
  for (const role of rolesOf(revision, overrides)) {
    if (!(await isAssumable(ctx, role))) throw ecsErrors.roleNotAssumable(passedRoleArn(ctx.scope, role));
  }
}

/** A role is passed within its account alone. */
async function isAssumable(ctx: ApiContext, written: string): Promise<boolean> {
  const { accountId } = ctx.scope;
  const named = parseRoleArn(passedRoleArn(ctx.scope, written));
  if (named?.accountId !== accountId) return false;
  const role = await findRole(ctx.db, accountId, named.name);
  if (!role || (written.startsWith("arn:") && roleArn(accountId, role.path, role.name) !== written))
    return false;
  return tasksMayAssume(role, ctx.scope);
}
