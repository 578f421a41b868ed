/** Which user an IAM request is about, and the ARN its authorisation names. */
import type { ReadTx } from "@roadstead/db/connect";
import { findUser, type UserRow } from "@roadstead/db/users";
import { userArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { iamErrors } from "./errors.ts";

/** Requests that leave out the user mean the caller. */
function subjectName(ctx: ApiContext, userName: string | undefined): string {
  if (userName) return userName;
  if (ctx.caller.principal.kind !== "user") throw iamErrors.callerIsNoUser();
  return ctx.caller.principal.userName;
}

/** The user's real ARN where the user exists (its path is part of it), else the one the name would have. */
async function subjectArn(ctx: ApiContext, userName: string | undefined): Promise<string> {
  const name = subjectName(ctx, userName);
  const user = await findUser(ctx.db, ctx.caller.accountId, name);
  return userArn(ctx.caller.accountId, user?.path ?? "/", user?.name ?? name);
}

export async function existingUser(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  userName: string | undefined,
): Promise<UserRow> {
  const name = subjectName(ctx, userName);
  const user = await findUser(tx, ctx.caller.accountId, name);
  if (!user) throw iamErrors.noSuchUser(name);
  return user;
}

export const renderUser = (ctx: ApiContext, user: UserRow) => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.userId,
  Arn: userArn(ctx.caller.accountId, user.path, user.name),
  CreateDate: user.createdAt,
});

/** An operation on one user: the action on that user's ARN. */
export const authorizeUser =
  (action: string) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: { readonly UserName?: string | undefined };
    readonly ctx: ApiContext;
  }) => ({
    action,
    resource: await subjectArn(ctx, input.UserName),
  });
