/** IAM roles and their inline policies. */
import type { Tag } from "@roadstead/model/container-instance";
import { mintUniqueId } from "./access-keys.ts";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface RoleRow {
  readonly roleId: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly trustPolicy: string;
  readonly maxSessionSeconds: number;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
}

const COLUMNS = `role_id AS "roleId", name, path, description, trust_policy AS "trustPolicy",
  max_session_seconds AS "maxSessionSeconds", tags, created_at AS "createdAt"`;

/** Null when the account has a role of that name already (IAM compares names without case). */
export async function insertRole(
  tx: WriteTx,
  role: Omit<RoleRow, "roleId" | "createdAt"> & { readonly accountId: string },
): Promise<RoleRow | null> {
  const [row] = await tx.query<RoleRow>(
    `INSERT INTO roles (role_id, account_id, name, path, description, trust_policy, max_session_seconds, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      mintUniqueId("AROA"),
      role.accountId,
      role.name,
      role.path,
      role.description,
      role.trustPolicy,
      role.maxSessionSeconds,
      JSON.stringify(role.tags),
    ],
  );
  return row ?? null;
}

export async function findRole(
  tx: Pick<ReadTx, "query">,
  accountId: string,
  name: string,
): Promise<RoleRow | null> {
  const [row] = await tx.query<RoleRow>(
    `SELECT ${COLUMNS} FROM roles WHERE account_id = $1 AND lower(name) = lower($2)`,
    [accountId, name],
  );
  return row ?? null;
}

/** The same, held until the transaction ends, while what belongs to it is counted. */
export async function lockRole(tx: WriteTx, accountId: string, name: string): Promise<RoleRow | null> {
  const [row] = await tx.query<RoleRow>(
    `SELECT ${COLUMNS} FROM roles WHERE account_id = $1 AND lower(name) = lower($2) FOR UPDATE`,
    [accountId, name],
  );
  return row ?? null;
}

/** Roles after `afterName` in name order, at most `limit`. */
export const listRoles = (
  tx: Pick<ReadTx, "query">,
  page: {
    readonly accountId: string;
    readonly pathPrefix: string;
    readonly afterName: string;
    readonly limit: number;
  },
) =>
  tx.query<RoleRow>(
    `SELECT ${COLUMNS} FROM roles
     WHERE account_id = $1 AND starts_with(path, $2) AND lower(name) > lower($3) ORDER BY lower(name) LIMIT $4`,
    [page.accountId, page.pathPrefix, page.afterName, page.limit],
  );

export async function updateRole(
  tx: WriteTx,
  roleId: string,
  change: Pick<RoleRow, "description" | "trustPolicy" | "maxSessionSeconds" | "tags">,
): Promise<void> {
  await tx.query(
    `UPDATE roles SET description = $2, trust_policy = $3, max_session_seconds = $4, tags = $5 WHERE role_id = $1`,
    [roleId, change.description, change.trustPolicy, change.maxSessionSeconds, JSON.stringify(change.tags)],
  );
}

export async function deleteRole(tx: WriteTx, roleId: string): Promise<void> {
  await tx.query("DELETE FROM roles WHERE role_id = $1", [roleId]);
}

export interface RolePolicyRow {
  readonly name: string;
  readonly document: string;
}

/** In byte order, which pages compare by. */
export const listRolePolicies = (tx: Pick<ReadTx, "query">, roleId: string) =>
  tx.query<RolePolicyRow>(
    'SELECT name, document FROM role_policies WHERE role_id = $1 ORDER BY name COLLATE "C"',
    [roleId],
  );

export async function putRolePolicy(tx: WriteTx, roleId: string, policy: RolePolicyRow): Promise<void> {
  await tx.query(
    `INSERT INTO role_policies (role_id, name, document) VALUES ($1, $2, $3)
     ON CONFLICT (role_id, name) DO UPDATE SET document = excluded.document`,
    [roleId, policy.name, policy.document],
  );
}

export async function deleteRolePolicy(tx: WriteTx, roleId: string, name: string): Promise<boolean> {
  const rows = await tx.query("DELETE FROM role_policies WHERE role_id = $1 AND name = $2 RETURNING 1", [
    roleId,
    name,
  ]);
  return rows.length > 0;
}
