/** A page of the managed policies that a role or user holds; the two listing operations answer it. */
import type { AttachedPolicy } from "@aws-sdk/client-iam";
import { type Holder, listAttachedPolicies } from "@roadstead/db/attached-policies";
import type { ApiContext } from "../context.ts";
import { loadIamPage } from "./page.ts";
import { nameOfPolicy } from "./policy-subject.ts";

export async function loadAttachedPage(
  ctx: ApiContext,
  operation: string,
  request: {
    readonly holder: Holder;
    readonly input: {
      readonly Marker?: string | undefined;
      readonly MaxItems?: number | undefined;
      readonly PathPrefix?: string | undefined;
    };
  },
): Promise<{ AttachedPolicies: AttachedPolicy[]; IsTruncated: boolean; Marker: string | undefined }> {
  const { holder, input } = request;
  const prefix = input.PathPrefix ?? "/";
  const { rows, ...page } = await loadIamPage({
    ctx,
    operation,
    filter: [holder, prefix],
    input,
    load: async (after, limit) =>
      (await listAttachedPolicies(ctx.db, holder))
        .filter((arn) => arn > after && pathOf(arn).startsWith(prefix))
        .slice(0, limit),
    keyOf: (arn) => arn,
  });
  return {
    AttachedPolicies: rows.map((PolicyArn) => ({ PolicyName: nameOfPolicy(PolicyArn), PolicyArn })),
    ...page,
  };
}

/** `/service-role/` of `arn:aws:iam::aws:policy/service-role/Name`. */
const pathOf = (arn: string): string => arn.slice(arn.indexOf("/"), arn.lastIndexOf("/") + 1);
