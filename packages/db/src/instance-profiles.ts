/** IAM instance profiles, each with one role at most. */
import type { Tag } from "@roadstead/model/container-instance";
import { mintUniqueId } from "./access-keys.ts";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface InstanceProfileRow {
  readonly instanceProfileId: string;
  readonly name: string;
  readonly path: string;
  readonly roleId: string | null;
  readonly roleName: string | null;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
}

const SELECT = `SELECT i.instance_profile_id AS "instanceProfileId", i.name, i.path, i.role_id AS "roleId",
  r.name AS "roleName", i.tags, i.created_at AS "createdAt"
  FROM instance_profiles i LEFT JOIN roles r ON r.role_id = i.role_id`;

/** False when the account has a profile of that name already. */
export async function insertInstanceProfile(
  tx: WriteTx,
  profile: Pick<InstanceProfileRow, "name" | "path" | "tags"> & { readonly accountId: string },
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO instance_profiles (instance_profile_id, account_id, name, path, tags)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1`,
    [mintUniqueId("AIPA"), profile.accountId, profile.name, profile.path, JSON.stringify(profile.tags)],
  );
  return rows.length > 0;
}

export async function findInstanceProfile(
  tx: Pick<ReadTx, "query">,
  accountId: string,
  name: string,
): Promise<InstanceProfileRow | null> {
  const [row] = await tx.query<InstanceProfileRow>(
    `${SELECT} WHERE i.account_id = $1 AND lower(i.name) = lower($2)`,
    [accountId, name],
  );
  return row ?? null;
}

/** The same, held until the transaction ends. */
export async function lockInstanceProfile(
  tx: WriteTx,
  accountId: string,
  name: string,
): Promise<InstanceProfileRow | null> {
  const [row] = await tx.query<InstanceProfileRow>(
    `${SELECT} WHERE i.account_id = $1 AND lower(i.name) = lower($2) FOR UPDATE OF i`,
    [accountId, name],
  );
  return row ?? null;
}

/** In name order; those of one role where it is given. */
export const listInstanceProfiles = (
  tx: Pick<ReadTx, "query">,
  page: {
    readonly accountId: string;
    readonly pathPrefix: string;
    readonly roleId: string | null;
    readonly afterName: string;
    readonly limit: number;
  },
) =>
  tx.query<InstanceProfileRow>(
    `${SELECT} WHERE i.account_id = $1 AND starts_with(i.path, $2) AND ($3::text IS NULL OR i.role_id = $3)
       AND lower(i.name) > lower($4) ORDER BY lower(i.name) LIMIT $5`,
    [page.accountId, page.pathPrefix, page.roleId, page.afterName, page.limit],
  );

export async function setProfileRole(
  tx: WriteTx,
  instanceProfileId: string,
  roleId: string | null,
): Promise<void> {
  await tx.query("UPDATE instance_profiles SET role_id = $2 WHERE instance_profile_id = $1", [
    instanceProfileId,
    roleId,
  ]);
}

export async function setProfileTags(
  tx: WriteTx,
  instanceProfileId: string,
  tags: readonly Tag[],
): Promise<void> {
  await tx.query("UPDATE instance_profiles SET tags = $2 WHERE instance_profile_id = $1", [
    instanceProfileId,
    JSON.stringify(tags),
  ]);
}

export async function deleteInstanceProfile(tx: WriteTx, instanceProfileId: string): Promise<void> {
  await tx.query("DELETE FROM instance_profiles WHERE instance_profile_id = $1", [instanceProfileId]);
}
