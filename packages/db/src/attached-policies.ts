/** Managed policies as principals hold them: how they are attached, and their documents. Resolving a principal reads them. */
import { awsManagedPolicy } from "@roadstead/iam-policy/aws-managed-policies";
import type { ReadTx, WriteTx } from "./connect.ts";

/** A customer's comes with its default version's document; AWS's own are known by their ARNs. */
export interface AttachedPolicy {
  readonly arn: string;
  readonly document: string | null;
}

/** An expression that answers a JSON list of `AttachedPolicy`; `owner` is the SQL that names whose they are. */
export const attachedPoliciesSql = (kind: "role" | "user", owner: string): string =>
  `(SELECT json_agg(json_build_object('arn', t.policy_arn, 'document', v.document))
    FROM attached_${kind}_policies t
    LEFT JOIN managed_policies m ON m.arn = t.policy_arn
    LEFT JOIN policy_versions v ON v.policy_id = m.policy_id AND v.is_default
    WHERE t.${kind}_id = ${owner})`;

export const attachedDocuments = (
  attached: readonly AttachedPolicy[] | null,
): { readonly name: string; readonly document: string }[] =>
  (attached ?? []).map(({ arn, document }) => ({
    name: arn,
    // One that is nowhere to be found does not parse, and denies: it may have held a deny.
    document: document ?? awsManagedPolicy(arn)?.document ?? "",
  }));

/** Whom a policy is attached to. */
export type Holder =
  | { readonly kind: "role"; readonly roleId: string }
  | { readonly kind: "user"; readonly userId: string };

const tableOf = (holder: Holder) =>
  holder.kind === "role"
    ? { table: "attached_role_policies", column: "role_id", id: holder.roleId }
    : { table: "attached_user_policies", column: "user_id", id: holder.userId };

/** ARNs in byte order, which pages compare by. */
export async function listAttachedPolicies(
  tx: Pick<ReadTx, "query">,
  holder: Holder,
): Promise<readonly string[]> {
  const { table, column, id } = tableOf(holder);
  const rows = await tx.query<{ arn: string }>(
    `SELECT policy_arn AS arn FROM ${table} WHERE ${column} = $1 ORDER BY policy_arn COLLATE "C"`,
    [id],
  );
  return rows.map(({ arn }) => arn);
}

/** Attaching again changes nothing. */
export async function attachPolicy(tx: WriteTx, holder: Holder, arn: string): Promise<void> {
  const { table, column, id } = tableOf(holder);
  await tx.query(`INSERT INTO ${table} (${column}, policy_arn) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
    id,
    arn,
  ]);
}

/** False when it was not attached. */
export async function detachPolicy(tx: WriteTx, holder: Holder, arn: string): Promise<boolean> {
  const { table, column, id } = tableOf(holder);
  const rows = await tx.query(`DELETE FROM ${table} WHERE ${column} = $1 AND policy_arn = $2 RETURNING 1`, [
    id,
    arn,
  ]);
  return rows.length > 0;
}

/** How many users and roles of the account hold each of the policies. */
export async function countAttachments(
  tx: Pick<ReadTx, "query">,
  accountId: string,
  arns: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query<{ arn: string; count: number }>(
    `SELECT policy_arn AS arn, count(*)::int AS count FROM (
       SELECT t.policy_arn FROM attached_role_policies t JOIN roles r ON r.role_id = t.role_id
       WHERE r.account_id = $1 AND t.policy_arn = ANY($2)
       UNION ALL
       SELECT t.policy_arn FROM attached_user_policies t JOIN users u ON u.user_id = t.user_id
       WHERE u.account_id = $1 AND t.policy_arn = ANY($2)) held GROUP BY policy_arn`,
    [accountId, arns],
  );
  return new Map(rows.map(({ arn, count }) => [arn, count]));
}

/** What holds a policy: names of roles and users. */
export const entitiesOf = (tx: Pick<ReadTx, "query">, accountId: string, arn: string) =>
  tx.query<{ kind: "role" | "user"; name: string; id: string }>(
    `SELECT 'role' AS kind, r.name, r.role_id AS id FROM attached_role_policies t
     JOIN roles r ON r.role_id = t.role_id WHERE r.account_id = $1 AND t.policy_arn = $2
     UNION ALL
     SELECT 'user', u.name, u.user_id FROM attached_user_policies t
     JOIN users u ON u.user_id = t.user_id WHERE u.account_id = $1 AND t.policy_arn = $2
     ORDER BY 1, 2`,
    [accountId, arn],
  );
