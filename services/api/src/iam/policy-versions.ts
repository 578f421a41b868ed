/** The versions of a managed policy, the newest first; AWS's own have one. */
import { listPolicyVersions } from "@roadstead/db/managed-policies";
import type { ApiContext } from "../context.ts";
import { type AnyPolicy, AWS_POLICY_DATE, versionName } from "./policy-subject.ts";

export interface ShownVersion {
  readonly name: string;
  readonly document: string;
  readonly isDefault: boolean;
  readonly createdAt: Date;
}

export async function loadPolicyVersions(
  ctx: ApiContext,
  found: AnyPolicy,
): Promise<readonly ShownVersion[]> {
  if (found.kind === "aws") {
    const { document } = found.policy;
    return [{ name: "v1", document, isDefault: true, createdAt: AWS_POLICY_DATE }];
  }
  const rows = await listPolicyVersions(ctx.db, found.policy.policyId);
  return rows.map(({ version, ...row }) => ({ ...row, name: versionName(version) }));
}
