/** Managed policies that customers make, and their versions. */
import { policyArn } from "@roadstead/model/arn";
import type { Tag } from "@roadstead/model/container-instance";
import { mintUniqueId } from "./access-keys.ts";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface ManagedPolicyRow {
  readonly policyId: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly description: string | null;
  readonly defaultVersion: number;
  readonly lastVersion: number;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const COLUMNS = `policy_id AS "policyId", name, path, arn, description, last_version AS "lastVersion", tags,
  created_at AS "createdAt", updated_at AS "updatedAt",
  (SELECT v.version FROM policy_versions v WHERE v.policy_id = managed_policies.policy_id AND v.is_default)
    AS "defaultVersion"`;

/** With its first version. Null when the account has a policy of that name already. */
export async function insertManagedPolicy(
  tx: WriteTx,
  policy: Pick<ManagedPolicyRow, "name" | "path" | "description" | "tags"> & {
    readonly accountId: string;
    readonly document: string;
  },
): Promise<string | null> {
  const arn = policyArn(policy.accountId, policy.path, policy.name);
  const [row] = await tx.query<{ policyId: string }>(
    `INSERT INTO managed_policies (policy_id, account_id, name, path, arn, description, last_version, tags)
     VALUES ($1, $2, $3, $4, $5, $6, 1, $7) ON CONFLICT DO NOTHING RETURNING policy_id AS "policyId"`,
    [
      mintUniqueId("ANPA"),
      policy.accountId,
      policy.name,
      policy.path,
      arn,
      policy.description,
      JSON.stringify(policy.tags),
    ],
  );
  if (!row) return null;
  await tx.query(
    "INSERT INTO policy_versions (policy_id, version, document, is_default) VALUES ($1, 1, $2, true)",
    [row.policyId, policy.document],
  );
  return arn;
}

export async function findManagedPolicy(
  tx: Pick<ReadTx, "query">,
  accountId: string,
  arn: string,
): Promise<ManagedPolicyRow | null> {
  const [row] = await tx.query<ManagedPolicyRow>(
    `SELECT ${COLUMNS} FROM managed_policies WHERE account_id = $1 AND arn = $2`,
    [accountId, arn],
  );
  return row ?? null;
}

/** Held until the transaction ends, so that it is neither attached while it is deleted nor deleted while it is attached. */
export async function lockManagedPolicy(
  tx: WriteTx,
  accountId: string,
  arn: string,
): Promise<ManagedPolicyRow | null> {
  const [row] = await tx.query<ManagedPolicyRow>(
    `SELECT ${COLUMNS} FROM managed_policies WHERE account_id = $1 AND arn = $2 FOR UPDATE`,
    [accountId, arn],
  );
  return row ?? null;
}

/** In byte order of their ARNs, which pages compare by. */
export const listManagedPolicies = (tx: Pick<ReadTx, "query">, accountId: string) =>
  tx.query<ManagedPolicyRow>(
    `SELECT ${COLUMNS} FROM managed_policies WHERE account_id = $1 ORDER BY arn COLLATE "C"`,
    [accountId],
  );

export async function setPolicyTags(tx: WriteTx, policyId: string, tags: readonly Tag[]): Promise<void> {
  await tx.query("UPDATE managed_policies SET tags = $2 WHERE policy_id = $1", [
    policyId,
    JSON.stringify(tags),
  ]);
}

export async function deleteManagedPolicy(tx: WriteTx, policyId: string): Promise<void> {
  await tx.query("DELETE FROM managed_policies WHERE policy_id = $1", [policyId]);
}

export interface PolicyVersionRow {
  readonly version: number;
  readonly document: string;
  readonly isDefault: boolean;
  readonly createdAt: Date;
}

/** The newest first. */
export const listPolicyVersions = (tx: Pick<ReadTx, "query">, policyId: string) =>
  tx.query<PolicyVersionRow>(
    `SELECT version, document, is_default AS "isDefault", created_at AS "createdAt" FROM policy_versions
     WHERE policy_id = $1 ORDER BY version DESC`,
    [policyId],
  );

/** The caller holds the policy. */
export async function insertPolicyVersion(
  tx: WriteTx,
  policy: Pick<ManagedPolicyRow, "policyId" | "lastVersion">,
  document: string,
): Promise<number> {
  const version = policy.lastVersion + 1;
  await tx.query(
    "INSERT INTO policy_versions (policy_id, version, document, is_default) VALUES ($1, $2, $3, false)",
    [policy.policyId, version, document],
  );
  await tx.query("UPDATE managed_policies SET last_version = $2, updated_at = now() WHERE policy_id = $1", [
    policy.policyId,
    version,
  ]);
  return version;
}

/** The version exists; the caller holds the policy. */
export async function setDefaultVersion(tx: WriteTx, policyId: string, version: number): Promise<void> {
  await tx.query("UPDATE policy_versions SET is_default = false WHERE policy_id = $1 AND is_default", [
    policyId,
  ]);
  await tx.query("UPDATE policy_versions SET is_default = true WHERE policy_id = $1 AND version = $2", [
    policyId,
    version,
  ]);
  await tx.query("UPDATE managed_policies SET updated_at = now() WHERE policy_id = $1", [policyId]);
}

export async function deletePolicyVersion(tx: WriteTx, policyId: string, version: number): Promise<void> {
  await tx.query("DELETE FROM policy_versions WHERE policy_id = $1 AND version = $2", [policyId, version]);
}
