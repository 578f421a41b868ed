/**
 * Uploads in progress. One request at a time writes to an upload: it claims the row, says every few seconds that it
 * lives, and gives the row back with what it has received. The registry calls this.
 */
import type { ReadTx, WriteTx } from "./connect.ts";

/** A writer that has said nothing for this long is dead, and another may go on. */
const WRITER_SILENCE = "interval '6 seconds'";

/** What the object store needs to go on with an upload. */
interface StoreState {
  readonly key: string;
  readonly size: number;
  readonly driver: Readonly<Record<string, unknown>>;
}

export interface Upload {
  readonly id: string;
  readonly state: StoreState;
  readonly received: number;
  /** sha256 of what was received, in hex; null when nobody knows it any more. */
  readonly sha256: string | null;
  /** Raised by each claim and each save. */
  readonly version: number;
  /** A writer died on it: what the store holds is to be read again before it is believed. */
  readonly doubtful: boolean;
}

/** The row as one writer has it. */
export interface ClaimedUpload extends Upload {
  readonly repositoryId: string;
  readonly writer: string;
}

const COLUMNS = `id, store->'state' AS state, received::float8 AS received, sha256, version,
  coalesce((store->>'doubtful')::boolean, false) AS doubtful`;

export async function insertUpload(
  tx: Pick<WriteTx, "query">,
  upload: { readonly id: string; readonly repositoryId: string; readonly state: StoreState },
): Promise<void> {
  await tx.query(
    "INSERT INTO uploads (id, repository_id, store, received) VALUES ($1, $2, $3, 0)",
    [upload.id, upload.repositoryId, JSON.stringify({ state: upload.state, writer: null })],
    "upload-insert",
  );
}

export async function findUpload(
  db: Pick<ReadTx, "query">,
  repositoryId: string,
  id: string,
): Promise<Upload | null> {
  const [row] = await db.query<Upload>(
    `SELECT ${COLUMNS} FROM uploads WHERE id = $1 AND repository_id = $2`,
    [id, repositoryId],
    "upload-find",
  );
  return row ?? null;
}

/** Null when another writer lives, or when there is no such upload. */
export async function claimUpload(
  db: Pick<ReadTx, "query">,
  claim: { readonly repositoryId: string; readonly id: string; readonly writer: string },
): Promise<ClaimedUpload | null> {
  const { repositoryId, id, writer } = claim;
  const [row] = await db.query<Upload>(
    `UPDATE uploads SET version = version + 1, updated_at = now(),
       store = store || jsonb_build_object('writer', $3::text, 'doubtful',
         coalesce((store->>'doubtful')::boolean, false) OR store->>'writer' IS NOT NULL)
     WHERE id = $1 AND repository_id = $2
       AND (store->>'writer' IS NULL OR updated_at < now() - ${WRITER_SILENCE})
     RETURNING ${COLUMNS}`,
    [id, repositoryId, writer],
    "upload-claim",
  );
  return row ? { ...row, repositoryId, writer } : null;
}

/** Says that the writer lives, and what is durable; false when the upload is no longer this writer's. */
export async function keepUpload(
  db: Pick<ReadTx, "query">,
  claimed: Pick<ClaimedUpload, "id" | "writer">,
  state: StoreState | null,
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE uploads SET updated_at = now(),
       store = CASE WHEN $3::jsonb IS NULL THEN store ELSE store || jsonb_build_object('state', $3::jsonb) END,
       received = coalesce(($3::jsonb->>'size')::bigint, received),
       sha256 = CASE WHEN $3::jsonb IS NULL THEN sha256 END
     WHERE id = $1 AND store->>'writer' = $2 RETURNING 1`,
    [claimed.id, claimed.writer, state === null ? null : JSON.stringify(state)],
  );
  return rows.length > 0;
}

/** Gives the row back with what was received; the new version, or null when it was no longer this writer's. */
export async function releaseUpload(
  db: Pick<ReadTx, "query">,
  claimed: Pick<ClaimedUpload, "id" | "writer">,
  result: { readonly state: StoreState; readonly sha256: string | null },
): Promise<number | null> {
  const [row] = await db.query<{ version: number }>(
    `UPDATE uploads SET version = version + 1, updated_at = now(), received = $4, sha256 = $5,
       store = store || jsonb_build_object('state', $3::jsonb, 'writer', null)
     WHERE id = $1 AND store->>'writer' = $2 RETURNING version`,
    [claimed.id, claimed.writer, JSON.stringify(result.state), result.state.size, result.sha256],
    "upload-release",
  );
  return row?.version ?? null;
}

/** False when it was no longer this writer's: what it made is not to be used. */
export async function deleteUpload(
  db: Pick<ReadTx, "query">,
  claimed: Pick<ClaimedUpload, "id" | "writer">,
): Promise<boolean> {
  const rows = await db.query(
    "DELETE FROM uploads WHERE id = $1 AND store->>'writer' = $2 RETURNING 1",
    [claimed.id, claimed.writer],
    "upload-delete",
  );
  return rows.length > 0;
}

/** Forgets uploads that nobody has gone on with for so long; their objects are then to be removed. */
export const takeStaleUploads = (
  tx: WriteTx,
  stale: { readonly olderThanMs: number; readonly limit: number },
) =>
  tx.query<{ key: string }>(
    `DELETE FROM uploads WHERE id IN (
       SELECT id FROM uploads WHERE updated_at < now() - make_interval(secs => $1::float8 / 1000)
       ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING store->'state'->>'key' AS key`,
    [stale.olderThanMs, stale.limit],
  );
