/** Which instance profile an IAM request is about, and how it is shown. */
import type { InstanceProfile } from "@aws-sdk/client-iam";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import {
  findInstanceProfile,
  type InstanceProfileRow,
  lockInstanceProfile,
} from "@roadstead/db/instance-profiles";
import { findRole } from "@roadstead/db/roles";
import { instanceProfileArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { iamErrors } from "./errors.ts";
import { renderRole } from "./role-subject.ts";
import { tagsMember } from "./tags.ts";

export async function existingProfile(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  name: string | undefined,
): Promise<InstanceProfileRow> {
  const profile = await findInstanceProfile(tx, ctx.caller.accountId, name ?? "");
  if (!profile) throw iamErrors.noSuchProfile(name ?? "");
  return profile;
}

/** The same, held until the transaction ends. */
export async function heldProfile(
  tx: WriteTx,
  ctx: ApiContext,
  name: string | undefined,
): Promise<InstanceProfileRow> {
  const profile = await lockInstanceProfile(tx, ctx.caller.accountId, name ?? "");
  if (!profile) throw iamErrors.noSuchProfile(name ?? "");
  return profile;
}

export async function renderProfile(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  profile: InstanceProfileRow,
): Promise<InstanceProfile> {
  const { accountId } = ctx.caller;
  const role = profile.roleName === null ? null : await findRole(tx, accountId, profile.roleName);
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.instanceProfileId,
    Arn: instanceProfileArn(accountId, profile.path, profile.name),
    CreateDate: profile.createdAt,
    Roles: role ? [renderRole(ctx, role)] : [],
    ...tagsMember(profile.tags),
  };
}

/** An operation on one instance profile: the action on its ARN. */
export const authorizeProfile =
  (action: string) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: { readonly InstanceProfileName?: string | undefined };
    readonly ctx: ApiContext;
  }) => {
    const name = input.InstanceProfileName ?? "";
    const profile = await findInstanceProfile(ctx.db, ctx.caller.accountId, name);
    return {
      action,
      resource: instanceProfileArn(ctx.caller.accountId, profile?.path ?? "/", profile?.name ?? name),
    };
  };
