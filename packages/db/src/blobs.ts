/**
 * Blobs: content by digest, and which repositories may serve it. The registry writes them, and collects what nothing
 * needs. Content is kept while a repository has it; a repository has it while a manifest names it or a lease runs.
 */
import type { ReadTx, WriteTx } from "./connect.ts";

/** How long a client that was told "it is here" may take to push the manifest that needs it. */
export const LEASE = "interval '1 hour'";

export interface Blob {
  readonly digest: string;
  readonly objectKey: string;
  readonly size: number;
  /** How much of the promise not to collect it is left. */
  readonly leaseLeftMs: number;
}

const COLUMNS = `b.digest, b.object_key AS "objectKey", b.size::float8 AS size,
  (extract(epoch FROM b.lease_until - now()) * 1000)::float8 AS "leaseLeftMs"`;

export async function findBlob(
  db: Pick<ReadTx, "query">,
  repositoryId: string,
  digest: string,
): Promise<Blob | null> {
  const [row] = await db.query<Blob>(
    `SELECT ${COLUMNS} FROM repository_blobs r JOIN blobs b ON b.digest = r.digest
     WHERE r.repository_id = $1 AND r.digest = $2`,
    [repositoryId, digest],
    "blob-find",
  );
  return row ?? null;
}

/** Promises anew that the blob stays; null when it has been collected meanwhile. */
export async function leaseBlob(
  db: Pick<ReadTx, "query">,
  repositoryId: string,
  digest: string,
): Promise<Blob | null> {
  const [row] = await db.query<Blob>(
    `UPDATE blobs b SET lease_until = greatest(b.lease_until, now() + ${LEASE})
     FROM repository_blobs r WHERE r.repository_id = $1 AND r.digest = $2 AND b.digest = r.digest
     RETURNING ${COLUMNS}`,
    [repositoryId, digest],
  );
  return row ?? null;
}

/** Keeps the content under the key it already had, if it had one; the caller removes its own object then. */
export async function insertBlob(
  tx: WriteTx,
  blob: {
    readonly repositoryId: string;
    readonly digest: string;
    readonly objectKey: string;
    readonly size: number;
  },
): Promise<{ readonly objectKey: string }> {
  const [row] = await tx.query<{ objectKey: string }>(
    `INSERT INTO blobs AS b (digest, object_key, size, lease_until) VALUES ($1, $2, $3, now() + ${LEASE})
     ON CONFLICT (digest) DO UPDATE SET lease_until = greatest(b.lease_until, excluded.lease_until)
     RETURNING object_key AS "objectKey"`,
    [blob.digest, blob.objectKey, blob.size],
    "blob-insert",
  );
  await addToRepository(tx, blob.repositoryId, blob.digest);
  return row as { objectKey: string };
}

const addToRepository = (tx: WriteTx, repositoryId: string, digest: string) =>
  tx.query(
    "INSERT INTO repository_blobs (repository_id, digest) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    [repositoryId, digest],
    "repository-blob-insert",
  );

/** Gives a repository what another one has; false when that has it no longer. */
export async function mountBlob(
  tx: WriteTx,
  mount: { readonly repositoryId: string; readonly fromRepositoryId: string; readonly digest: string },
): Promise<boolean> {
  if ((await leaseBlob(tx, mount.fromRepositoryId, mount.digest)) === null) return false;
  await addToRepository(tx, mount.repositoryId, mount.digest);
  return true;
}

const HOLDERS_MAX = 20;

/** Repositories of the account that have the blob, for a mount that names none. */
export const repositoriesWithBlob = (
  db: Pick<ReadTx, "query">,
  blob: { readonly accountId: string; readonly digest: string },
) =>
  db.query<{ id: string; name: string; region: string }>(
    `SELECT p.id, p.name, s.region FROM repository_blobs r JOIN repositories p ON p.id = r.repository_id
     JOIN scopes s ON s.id = p.scope_id
     WHERE r.digest = $2 AND s.account_id = $1 ORDER BY p.id LIMIT ${HOLDERS_MAX}`,
    [blob.accountId, blob.digest],
  );

/** What became of a blob that was to be taken out of a repository. */
export type BlobRemoval = "removed" | "unknown" | "referenced";

/** The row is locked first and looked at again, so that a manifest that was just pushed keeps its blob. */
export async function removeFromRepository(
  tx: WriteTx,
  repositoryId: string,
  digest: string,
): Promise<BlobRemoval> {
  const held = await tx.query(
    "SELECT 1 FROM repository_blobs WHERE repository_id = $1 AND digest = $2 FOR UPDATE",
    [repositoryId, digest],
  );
  if (held.length === 0) return "unknown";
  const removed = await tx.query(
    `DELETE FROM repository_blobs r WHERE repository_id = $1 AND digest = $2 AND NOT EXISTS (
       SELECT 1 FROM manifest_references m
       WHERE m.repository_id = $1 AND m.digest = $2 AND m.kind = 'blob') RETURNING 1`,
    [repositoryId, digest],
  );
  return removed.length > 0 ? "removed" : "referenced";
}

/**
 * Takes blobs that no manifest names out of their repositories, and forgets those that no repository has. Each half
 * locks its candidates and then asks again in a second statement: the first may have looked at a snapshot from before a
 * push that has just committed. Returns the object keys that are nobody's after the commit.
 */
export async function collectBlobs(tx: WriteTx, limit: number): Promise<readonly string[]> {
  const idle = await tx.query<{ repositoryId: string; digest: string }>(
    `SELECT r.repository_id AS "repositoryId", r.digest FROM repository_blobs r JOIN blobs b ON b.digest = r.digest
     WHERE b.lease_until < now() AND ${unreferenced} ORDER BY r.repository_id, r.digest LIMIT $1
     FOR UPDATE OF r SKIP LOCKED`,
    [limit],
  );
  await tx.query(
    `DELETE FROM repository_blobs r USING unnest($1::text[], $2::text[]) AS w(repository_id, digest), blobs b
     WHERE r.repository_id = w.repository_id AND r.digest = w.digest AND b.digest = r.digest
       AND b.lease_until < now() AND ${unreferenced}`,
    [idle.map((row) => row.repositoryId), idle.map((row) => row.digest)],
  );
  const orphans = await tx.query<{ digest: string }>(
    `SELECT b.digest FROM blobs b WHERE b.lease_until < now() AND ${unheld} ORDER BY b.digest LIMIT $1
     FOR UPDATE SKIP LOCKED`,
    [limit],
  );
  const gone = await tx.query<{ objectKey: string }>(
    `DELETE FROM blobs b WHERE b.digest = ANY($1) AND b.lease_until < now() AND ${unheld}
     RETURNING b.object_key AS "objectKey"`,
    [orphans.map((row) => row.digest)],
  );
  return gone.map((row) => row.objectKey);
}

const unreferenced = `NOT EXISTS (SELECT 1 FROM manifest_references m
  WHERE m.repository_id = r.repository_id AND m.digest = r.digest AND m.kind = 'blob')`;
const unheld = "NOT EXISTS (SELECT 1 FROM repository_blobs r WHERE r.digest = b.digest)";

/** Of these object keys, those that a blob or an upload still needs. */
export async function keysInUse(
  db: Pick<ReadTx, "query">,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ key: string }>(
    `SELECT object_key AS key FROM blobs WHERE object_key = ANY($1)
     UNION SELECT store->'state'->>'key' FROM uploads WHERE store->'state'->>'key' = ANY($1)`,
    [keys],
  );
  return new Set(rows.map((row) => row.key));
}
