/** Tokens that let one more machine in: `agent token` makes them, the api exchanges each once for an agent's key. */
import { createHash, randomBytes } from "node:crypto";
import { newId } from "@roadstead/service-kit/ids";
import type { NewAccessKey } from "./access-keys.ts";
import { insertAgent } from "./agents.ts";
import type { Db, ReadTx, WriteTx } from "./connect.ts";
import type { Scope } from "./scopes.ts";
import type { SecretBox } from "./secrets.ts";

const SECRET_BYTES = 32;

export interface NewJoinToken {
  readonly id: string;
  /** Told once, here. */
  readonly secret: string;
  readonly expiresAt: Date;
}

export type JoinTokenState = "open" | "used" | "expired" | "revoked" | "unknown";

/** What a machine gets for its token. */
export interface Joined extends NewAccessKey {
  readonly accountId: string;
  readonly region: string;
  readonly clusterName: string;
}

export type Redemption =
  | { readonly kind: "joined"; readonly joined: Joined }
  | { readonly kind: Exclude<JoinTokenState, "open"> };

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export async function createJoinToken(
  tx: WriteTx,
  token: { readonly scope: Scope; readonly clusterName: string; readonly ttlMs: number },
): Promise<NewJoinToken> {
  // Nobody asks about those any more; a used one names its machine for as long as the agent is there.
  await tx.query(
    "DELETE FROM join_tokens WHERE used_at IS NULL AND expires_at < now() - make_interval(days => 1)",
  );
  const id = newId();
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const [row] = await tx.query<{ expiresAt: Date }>(
    `INSERT INTO join_tokens (id, secret_hash, scope_id, cluster_name, expires_at)
     VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5::float8 / 1000))
     RETURNING expires_at AS "expiresAt"`,
    [id, hashOf(secret), token.scope.id, token.clusterName, token.ttlMs],
  );
  if (!row) throw new Error("the token was not stored");
  return { id, secret, expiresAt: row.expiresAt };
}

/** Whether the token would still let a machine in. */
export async function joinTokenState(db: Pick<Db, "query">, secret: string): Promise<JoinTokenState> {
  const [row] = await db.query<{ state: JoinTokenState }>(
    `SELECT ${STATE} AS state FROM join_tokens WHERE secret_hash = $1`,
    [hashOf(secret)],
  );
  return row?.state ?? "unknown";
}

/**
 * Exchanges the token for a new agent's key. The row is locked first, so of two machines that race one wins. The
 * winner may ask again with the same claim, and gets the same key: its first answer may have been lost on the way.
 */
export function redeemJoinToken(
  db: Pick<Db, "write">,
  box: SecretBox,
  machine: { readonly secret: string; readonly claim: string; readonly name: string },
): Promise<Redemption> {
  return db.write(async (tx) => {
    const [token] = await tx.query<TokenRow>(
      `SELECT t.id, ${STATE} AS state, t.claim_hash AS "claimHash", t.agent_id AS "agentId", t.cluster_name AS "clusterName",
         s.id AS "scopeId", s.account_id AS "accountId", s.region, t.expires_at > now() AS "isFresh"
       FROM join_tokens t JOIN scopes s ON s.id = t.scope_id WHERE t.secret_hash = $1 FOR UPDATE OF t`,
      [hashOf(machine.secret)],
    );
    if (!token) return { kind: "unknown" };
    const { accountId, region, clusterName } = token;
    const joined = (key: NewAccessKey): Redemption => ({
      kind: "joined",
      joined: { ...key, accountId, region, clusterName },
    });
    if (token.state === "used" && token.isFresh && token.claimHash === hashOf(machine.claim)) {
      const key = await keyOfAgent(tx, box, token.agentId ?? "");
      return key ? joined(key) : { kind: "used" };
    }
    if (token.state !== "open") return { kind: token.state };
    const scope = { id: token.scopeId, accountId, region };
    const { agentId, ...key } = await insertAgent(tx, box, { scope, clusterName });
    await tx.query(
      "UPDATE join_tokens SET used_at = now(), claim_hash = $2, machine_name = $3, agent_id = $4 WHERE id = $1",
      [token.id, hashOf(machine.claim), machine.name, agentId],
    );
    return joined(key);
  });
}

const STATE = `CASE WHEN used_at IS NOT NULL THEN 'used' WHEN revoked_at IS NOT NULL THEN 'revoked'
  WHEN expires_at <= now() THEN 'expired' ELSE 'open' END`;

interface TokenRow {
  readonly id: string;
  readonly state: Exclude<JoinTokenState, "unknown">;
  readonly claimHash: string | null;
  readonly agentId: string | null;
  readonly clusterName: string;
  readonly scopeId: number;
  readonly accountId: string;
  readonly region: string;
  readonly isFresh: boolean;
}

async function keyOfAgent(tx: WriteTx, box: SecretBox, agentId: string): Promise<NewAccessKey | null> {
  const [row] = await tx.query<{ accessKeyId: string; sealedSecret: string }>(
    `SELECT k.access_key_id AS "accessKeyId", k.sealed_secret AS "sealedSecret"
     FROM access_keys k JOIN agents a ON a.id = k.agent_id AND a.revoked_at IS NULL WHERE k.agent_id = $1`,
    [agentId],
  );
  const secretAccessKey = row && box.open(row.sealedSecret, row.accessKeyId);
  return row && secretAccessKey ? { accessKeyId: row.accessKeyId, secretAccessKey } : null;
}

export interface OpenJoinToken {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly clusterName: string;
  readonly expiresAt: Date;
}

/** Those that a machine could still join with. */
export const openJoinTokens = (tx: Pick<ReadTx, "query">) =>
  tx.query<OpenJoinToken>(
    `SELECT t.id, s.account_id AS "accountId", s.region, t.cluster_name AS "clusterName", t.expires_at AS "expiresAt"
     FROM join_tokens t JOIN scopes s ON s.id = t.scope_id
     WHERE used_at IS NULL AND revoked_at IS NULL AND expires_at > now() ORDER BY t.created_at, t.id`,
  );

/** False when there is no such token to join with. */
export async function revokeJoinToken(tx: WriteTx, id: string): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE join_tokens SET revoked_at = now()
     WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now() RETURNING 1`,
    [id],
  );
  return rows.length > 0;
}
