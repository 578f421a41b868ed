/** Which role an IAM request is about: its row, its ARN for authorisation, and how it is shown. */
import type { Role } from "@aws-sdk/client-iam";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { findRole, lockRole, type RoleRow } from "@roadstead/db/roles";
import { roleArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { iamErrors } from "./errors.ts";
import { percentEncoded } from "./percent-encoded.ts";

export async function existingRole(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  name: string | undefined,
): Promise<RoleRow> {
  const role = await findRole(tx, ctx.caller.accountId, name ?? "");
  if (!role) throw iamErrors.noSuchRole(name ?? "");
  return role;
}

/** The same, held until the transaction ends. */
export async function heldRole(tx: WriteTx, ctx: ApiContext, name: string | undefined): Promise<RoleRow> {
  const role = await lockRole(tx, ctx.caller.accountId, name ?? "");
  if (!role) throw iamErrors.noSuchRole(name ?? "");
  return role;
}

const arnOf = (ctx: ApiContext, role: Pick<RoleRow, "path" | "name">) =>
  roleArn(ctx.caller.accountId, role.path, role.name);

/** What lists show; GetRole adds tags and when the role was last used, of which nothing is kept. */
export const renderRole = (ctx: ApiContext, role: RoleRow): Role => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.roleId,
  Arn: arnOf(ctx, role),
  CreateDate: role.createdAt,
  AssumeRolePolicyDocument: percentEncoded(role.trustPolicy),
  ...(role.description === null ? {} : { Description: role.description }),
  MaxSessionDuration: role.maxSessionSeconds,
});

/** The role's real ARN where it exists (its path is part of it), else the one the name would have. */
export async function subjectRoleArn(ctx: ApiContext, name: string | undefined): Promise<string> {
  const role = await findRole(ctx.db, ctx.caller.accountId, name ?? "");
  return arnOf(ctx, role ?? { path: "/", name: name ?? "" });
}

/** An operation on one role: the action on that role's ARN. */
export const authorizeRole =
  (action: string) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: { readonly RoleName?: string | undefined };
    readonly ctx: ApiContext;
  }) => ({ action, resource: await subjectRoleArn(ctx, input.RoleName) });

/** The same for attaching and detaching, where policies may say which managed policy. */
export const authorizeRoleAttachment =
  (action: string) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: { readonly RoleName?: string | undefined; readonly PolicyArn?: string | undefined };
    readonly ctx: ApiContext;
  }) => ({
    action,
    resource: await subjectRoleArn(ctx, input.RoleName),
    context: { "iam:PolicyARN": input.PolicyArn ?? "" },
  });
