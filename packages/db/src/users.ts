/** IAM users and their inline policies. */

import type { Tag } from "@roadstead/model/container-instance";
import { mintUniqueId } from "./access-keys.ts";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface UserRow {
  readonly userId: string;
  readonly name: string;
  readonly path: string;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
}

const COLUMNS = `user_id AS "userId", name, path, tags, created_at AS "createdAt"`;

/** Null when the account has a user of that name already (IAM compares names without case). */
export async function insertUser(
  tx: WriteTx,
  user: {
    readonly accountId: string;
    readonly name: string;
    readonly path: string;
    readonly tags: readonly Tag[];
  },
): Promise<UserRow | null> {
  const [row] = await tx.query<UserRow>(
    `INSERT INTO users (user_id, account_id, name, path, tags) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [mintUniqueId("AIDA"), user.accountId, user.name, user.path, JSON.stringify(user.tags)],
  );
  return row ?? null;
}

export async function findUser(
  tx: Pick<ReadTx, "query">,
  accountId: string,
  name: string,
): Promise<UserRow | null> {
  const [row] = await tx.query<UserRow>(
    `SELECT ${COLUMNS} FROM users WHERE account_id = $1 AND lower(name) = lower($2)`,
    [accountId, name],
  );
  return row ?? null;
}

/** Users after `afterName` in name order, at most `limit`. */
export const listUsers = (
  tx: Pick<ReadTx, "query">,
  page: {
    readonly accountId: string;
    readonly pathPrefix: string;
    readonly afterName: string;
    readonly limit: number;
  },
) =>
  tx.query<UserRow>(
    `SELECT ${COLUMNS} FROM users
     WHERE account_id = $1 AND starts_with(path, $2) AND lower(name) > lower($3) ORDER BY lower(name) LIMIT $4`,
    [page.accountId, page.pathPrefix, page.afterName, page.limit],
  );

export async function deleteUser(tx: WriteTx, userId: string): Promise<void> {
  await tx.query("DELETE FROM users WHERE user_id = $1", [userId]);
}

export interface UserPolicyRow {
  readonly name: string;
  readonly document: string;
}

/** In byte order, which pages compare by. */
export const listUserPolicies = (tx: Pick<ReadTx, "query">, userId: string) =>
  tx.query<UserPolicyRow>(
    'SELECT name, document FROM user_policies WHERE user_id = $1 ORDER BY name COLLATE "C"',
    [userId],
  );

export async function putUserPolicy(tx: WriteTx, userId: string, policy: UserPolicyRow): Promise<void> {
  await tx.query(
    `INSERT INTO user_policies (user_id, name, document) VALUES ($1, $2, $3)
     ON CONFLICT (user_id, name) DO UPDATE SET document = excluded.document`,
    [userId, policy.name, policy.document],
  );
}

export async function deleteUserPolicy(tx: WriteTx, userId: string, name: string): Promise<boolean> {
  const rows = await tx.query("DELETE FROM user_policies WHERE user_id = $1 AND name = $2 RETURNING 1", [
    userId,
    name,
  ]);
  return rows.length > 0;
}

/** Holds a user while its keys and policies are counted. */
export async function lockUser(tx: WriteTx, userId: string): Promise<void> {
  await tx.query("SELECT 1 FROM users WHERE user_id = $1 FOR UPDATE", [userId]);
}
