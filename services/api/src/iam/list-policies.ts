/** iam:ListPolicies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html */
import { ListPolicies$, type ListPoliciesCommand } from "@aws-sdk/client-iam";
import { countAttachments } from "@roadstead/db/attached-policies";
import { listManagedPolicies } from "@roadstead/db/managed-policies";
import { awsManagedPolicies } from "@roadstead/iam-policy/aws-managed-policies";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { loadIamPage } from "./page.ts";
import { type AnyPolicy, renderPolicy } from "./policy-subject.ts";

/** In the order of their ARNs. */
async function loadPolicies(ctx: ApiContext, scope: string): Promise<readonly AnyPolicy[]> {
  const own = scope === "AWS" ? [] : await listManagedPolicies(ctx.db, ctx.caller.accountId);
  const aws = scope === "Local" ? [] : awsManagedPolicies;
  return [
    ...own.map((policy) => ({ kind: "customer", policy }) as const),
    ...aws.map((policy) => ({ kind: "aws", policy }) as const),
  ];
}

export const listPolicies = operation<ListPoliciesCommand>(ListPolicies$, {
  authorize: () => ({ action: "iam:ListPolicies", resource: "*" }),
  async handle({ input, ctx }) {
    const { Scope = "All", OnlyAttached = false, PathPrefix = "/", PolicyUsageFilter } = input;
    // Nothing is ever used as a boundary.
    const all = PolicyUsageFilter === "PermissionsBoundary" ? [] : await loadPolicies(ctx, Scope);
    const arns = all.map(({ policy }) => policy.arn);
    const counts = await countAttachments(ctx.db, ctx.caller.accountId, arns);
    const wanted = all.filter(
      ({ policy }) => policy.path.startsWith(PathPrefix) && (!OnlyAttached || counts.has(policy.arn)),
    );
    const { rows, ...page } = await loadIamPage({
      ctx,
      operation: "ListPolicies",
      filter: [Scope, OnlyAttached, PathPrefix, PolicyUsageFilter ?? null],
      input,
      load: async (after, limit) => wanted.filter(({ policy }) => policy.arn > after).slice(0, limit),
      keyOf: ({ policy }) => policy.arn,
    });
    return { Policies: rows.map((one) => renderPolicy(one, counts.get(one.policy.arn) ?? 0)), ...page };
  },
});
