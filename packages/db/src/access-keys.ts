/** Access keys and whose they are: user's or agent's. The authenticating edge resolves them, IAM operations write them. */
import { randomBytes, randomInt } from "node:crypto";
import { userArn } from "@roadstead/model/arn";
import { type AttachedPolicy, attachedDocuments, attachedPoliciesSql } from "./attached-policies.ts";
import type { Db, ReadTx, WriteTx } from "./connect.ts";
import type { Principal } from "./principal.ts";
import type { SecretBox } from "./secrets.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** An identifier as IAM mints them: a four-letter prefix and sixteen characters of base 32. */
export const mintUniqueId = (prefix: "AKIA" | "ASIA" | "AIDA" | "AROA" | "ANPA" | "AIPA"): string =>
  prefix + Array.from({ length: 16 }, () => BASE32[randomInt(32)]).join("");

export const mintSecret = (): string => randomBytes(30).toString("base64");

export interface NewAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export async function createAccessKey(
  tx: WriteTx,
  box: SecretBox,
  owner: { readonly accountId: string; readonly userId: string | null; readonly agentId: string | null },
): Promise<NewAccessKey> {
  const accessKeyId = mintUniqueId("AKIA");
  const secretAccessKey = mintSecret();
  await tx.query(
    `INSERT INTO access_keys (access_key_id, account_id, user_id, agent_id, sealed_secret, status)
     VALUES ($1, $2, $3, $4, $5, 'Active')`,
    [accessKeyId, owner.accountId, owner.userId, owner.agentId, box.seal(secretAccessKey, accessKeyId)],
  );
  return { accessKeyId, secretAccessKey };
}

/** Who signs with a key, with everything that authorisation needs, in one read. */
export interface KeyHolder {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly status: "Active" | "Inactive";
  readonly secretAccessKey: string;
  readonly principal: Principal;
  /** When a session ends; a user's or an agent's key does not. */
  readonly expiresAtMs?: number;
}

interface KeyRow {
  readonly accountId: string;
  readonly status: "Active" | "Inactive";
  readonly sealedSecret: string;
  readonly userId: string | null;
  readonly userName: string | null;
  readonly userPath: string | null;
  readonly policies: { name: string; document: string }[] | null;
  readonly attached: AttachedPolicy[] | null;
  readonly agentId: string | null;
  readonly agentScopeId: number | null;
  readonly agentRegion: string | null;
  readonly agentCluster: string | null;
  readonly agentInstanceId: string | null;
}

/** Null for a key that does not exist, whose secret does not open, or whose agent was revoked. */
export async function resolveAccessKey(
  db: Pick<Db, "query">,
  box: SecretBox,
  accessKeyId: string,
): Promise<KeyHolder | null> {
  const [row] = await db.query<KeyRow>(
    `SELECT k.account_id AS "accountId", k.status, k.sealed_secret AS "sealedSecret",
       u.user_id AS "userId", u.name AS "userName", u.path AS "userPath",
       (SELECT json_agg(json_build_object('name', p.name, 'document', p.document))
        FROM user_policies p WHERE p.user_id = u.user_id) AS policies,
       ${attachedPoliciesSql("user", "u.user_id")} AS attached,
       a.id AS "agentId", a.scope_id AS "agentScopeId", s.region AS "agentRegion",
       a.cluster_name AS "agentCluster", a.container_instance_id AS "agentInstanceId"
     FROM access_keys k
     LEFT JOIN users u ON u.user_id = k.user_id
     LEFT JOIN agents a ON a.id = k.agent_id AND a.revoked_at IS NULL
     LEFT JOIN scopes s ON s.id = a.scope_id
     WHERE k.access_key_id = $1`,
    [accessKeyId],
    "access-key-resolve",
  );
  const principal = row && principalOf(row);
  const secretAccessKey = row && box.open(row.sealedSecret, accessKeyId);
  if (!row || !principal || !secretAccessKey) return null;
  return { accessKeyId, accountId: row.accountId, status: row.status, secretAccessKey, principal };
}

function principalOf(row: KeyRow): Principal | null {
  if (row.userId && row.userName && row.userPath) {
    return {
      kind: "user",
      arn: userArn(row.accountId, row.userPath, row.userName),
      userId: row.userId,
      userName: row.userName,
      policies: [...(row.policies ?? []), ...attachedDocuments(row.attached)],
    };
  }
  if (row.agentId && row.agentScopeId !== null && row.agentRegion && row.agentCluster) {
    return {
      kind: "agent",
      arn: `arn:aws:sts::${row.accountId}:assumed-role/roadstead-agent/${row.agentId}`,
      agentId: row.agentId,
      scopeId: row.agentScopeId,
      region: row.agentRegion,
      clusterName: row.agentCluster,
      containerInstanceId: row.agentInstanceId,
    };
  }
  return null;
}

export interface AccessKeyRow {
  readonly accessKeyId: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: Date;
}

export const listAccessKeys = (tx: Pick<ReadTx, "query">, userId: string) =>
  tx.query<AccessKeyRow>(
    `SELECT access_key_id AS "accessKeyId", status, created_at AS "createdAt"
     FROM access_keys WHERE user_id = $1 ORDER BY access_key_id COLLATE "C"`,
    [userId],
  );

/** False when the user has no such key. */
export async function setAccessKeyStatus(
  tx: WriteTx,
  key: { readonly userId: string; readonly accessKeyId: string; readonly status: "Active" | "Inactive" },
): Promise<boolean> {
  const rows = await tx.query(
    "UPDATE access_keys SET status = $3 WHERE user_id = $1 AND access_key_id = $2 RETURNING 1",
    [key.userId, key.accessKeyId, key.status],
  );
  return rows.length > 0;
}

export async function deleteAccessKey(tx: WriteTx, userId: string, accessKeyId: string): Promise<boolean> {
  const rows = await tx.query(
    "DELETE FROM access_keys WHERE user_id = $1 AND access_key_id = $2 RETURNING 1",
    [userId, accessKeyId],
  );
  return rows.length > 0;
}
