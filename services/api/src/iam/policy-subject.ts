/** Which managed policy an IAM request is about, a customer's or AWS's own, and how it is shown. */
import type { Policy } from "@aws-sdk/client-iam";
import { countAttachments } from "@roadstead/db/attached-policies";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { findManagedPolicy, lockManagedPolicy, type ManagedPolicyRow } from "@roadstead/db/managed-policies";
import { type AwsManagedPolicy, awsManagedPolicy } from "@roadstead/iam-policy/aws-managed-policies";
import type { ApiContext } from "../context.ts";
import { iamErrors } from "./errors.ts";

/** AWS's own policies all carry the day on which the oldest of them was made. */
export const AWS_POLICY_DATE = new Date("2015-02-06T18:39:46Z");

export const versionName = (version: number): string => `v${version}`;
export const versionNumber = (name: string | undefined): number =>
  Number(/^v(\d+)$/.exec(name ?? "")?.[1] ?? 0);

/** A policy of the account's own; AWS's cannot be changed. */
export async function heldPolicy(
  tx: WriteTx,
  ctx: ApiContext,
  arn: string | undefined,
): Promise<ManagedPolicyRow> {
  const policy = await lockManagedPolicy(tx, ctx.caller.accountId, arn ?? "");
  if (!policy) throw iamErrors.noSuchManagedPolicy(arn ?? "");
  return policy;
}

export type AnyPolicy =
  | { readonly kind: "aws"; readonly policy: AwsManagedPolicy }
  | { readonly kind: "customer"; readonly policy: ManagedPolicyRow };

export async function existingPolicy(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  arn: string | undefined,
): Promise<AnyPolicy> {
  const own = awsManagedPolicy(arn ?? "");
  if (own) return { kind: "aws", policy: own };
  const policy = await findManagedPolicy(tx, ctx.caller.accountId, arn ?? "");
  if (!policy) throw iamErrors.noSuchManagedPolicy(arn ?? "");
  return { kind: "customer", policy };
}

/** Refuses what cannot be attached; a customer's policy is held, so that it is not deleted meanwhile. */
export async function checkAttachable(tx: WriteTx, ctx: ApiContext, arn: string): Promise<void> {
  if (awsManagedPolicy(arn)) return;
  if (!(await lockManagedPolicy(tx, ctx.caller.accountId, arn))) throw iamErrors.notAttachable(arn);
}

/** What lists show. */
export function renderPolicy({ kind, policy }: AnyPolicy, attachments: number): Policy {
  const own = kind === "aws";
  return {
    PolicyName: policy.name,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: own ? "v1" : versionName(policy.defaultVersion),
    AttachmentCount: attachments,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: own ? AWS_POLICY_DATE : policy.createdAt,
    UpdateDate: own ? AWS_POLICY_DATE : policy.updatedAt,
  };
}

export async function attachmentsOf(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  arn: string,
): Promise<number> {
  return (await countAttachments(tx, ctx.caller.accountId, [arn])).get(arn) ?? 0;
}

/** The name that ends an ARN. */
export const nameOfPolicy = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** An operation on one managed policy: the action on the ARN as given. */
export const authorizePolicy =
  (action: string) =>
  ({ input }: { readonly input: { readonly PolicyArn?: string | undefined } }) => ({
    action,
    resource: input.PolicyArn || "*",
  });
