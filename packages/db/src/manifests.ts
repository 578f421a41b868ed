/** Manifests, their tags and what they refer to. The registry pushes and pulls through this. */
import type { Place } from "@roadstead/model/arn";
import type { ReadTx, WriteTx } from "./connect.ts";

/** A repository as the registry needs it. */
export interface RegistryRepository extends Place {
  readonly id: string;
  readonly name: string;
}

export async function findRegistryRepository(
  db: Pick<ReadTx, "query">,
  place: Place,
  name: string,
): Promise<RegistryRepository | null> {
  const [row] = await db.query<{ id: string }>(
    `SELECT r.id FROM repositories r JOIN scopes s ON s.id = r.scope_id
     WHERE s.account_id = $1 AND s.region = $2 AND r.name = $3`,
    [place.accountId, place.region, name],
    "registry-repository-find",
  );
  return row ? { accountId: place.accountId, region: place.region, id: row.id, name } : null;
}

/** Names after `after`, in order. */
export const listRegistryRepositories = (
  db: Pick<ReadTx, "query">,
  page: { readonly place: Place; readonly after: string; readonly limit: number },
) =>
  db.query<{ name: string }>(
    `SELECT r.name FROM repositories r JOIN scopes s ON s.id = r.scope_id
     WHERE s.account_id = $1 AND s.region = $2 AND r.name > $3 ORDER BY r.name LIMIT $4`,
    [page.place.accountId, page.place.region, page.after, page.limit],
  );

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly lastPulledAt: Date | null;
}

export async function findManifest(
  db: Pick<ReadTx, "query">,
  repositoryId: string,
  digest: string,
): Promise<Manifest | null> {
  const [row] = await db.query<Manifest>(
    `SELECT digest, media_type AS "mediaType", bytes, last_pulled_at AS "lastPulledAt"
     FROM manifests WHERE repository_id = $1 AND digest = $2`,
    [repositoryId, digest],
    "manifest-find",
  );
  return row ?? null;
}

/** Whether the repository still has a manifest whose bytes are already known. */
export async function hasManifest(
  db: Pick<ReadTx, "query">,
  repositoryId: string,
  digest: string,
): Promise<boolean> {
  const rows = await db.query(
    "SELECT 1 FROM manifests WHERE repository_id = $1 AND digest = $2",
    [repositoryId, digest],
    "manifest-has",
  );
  return rows.length > 0;
}

export async function findTag(
  db: Pick<ReadTx, "query">,
  repositoryId: string,
  tag: string,
): Promise<string | null> {
  const [row] = await db.query<{ digest: string }>(
    "SELECT digest FROM image_tags WHERE repository_id = $1 AND tag = $2",
    [repositoryId, tag],
    "tag-find",
  );
  return row?.digest ?? null;
}

/** Tags after `after`, byte by byte. */
export const listTags = (
  db: Pick<ReadTx, "query">,
  page: { readonly repositoryId: string; readonly after: string; readonly limit: number },
) =>
  db.query<{ tag: string }>(
    "SELECT tag FROM image_tags WHERE repository_id = $1 AND tag > $2 ORDER BY tag LIMIT $3",
    [page.repositoryId, page.after, page.limit],
  );

export interface NewManifest {
  readonly repositoryId: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly configMediaType: string | null;
  readonly subjectDigest: string | null;
  readonly annotations: Readonly<Record<string, string>> | null;
  readonly bytes: Uint8Array;
  /** Sum of the sizes that it states; an index has none of its own. */
  readonly ownSize: number;
  /** Digests that must be in the repository. */
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

export type PutResult =
  | { readonly kind: "put" }
  | { readonly kind: "missing"; readonly of: "blob" | "manifest"; readonly digests: readonly string[] }
  | { readonly kind: "immutable"; readonly tag: string };

/**
 * Stores a manifest and points tags at it. A refusal comes as a value: the caller then rolls the transaction back.
 */
export async function putManifest(
  tx: WriteTx,
  manifest: NewManifest,
  tags: readonly string[],
): Promise<PutResult> {
  const { repositoryId, digest } = manifest;
  const blobs = await missing(tx, BLOBS_HELD, repositoryId, manifest.blobs);
  if (blobs.length > 0) return { kind: "missing", of: "blob", digests: blobs };
  const children = await missing(tx, MANIFESTS_HELD, repositoryId, manifest.manifests);
  if (children.length > 0) return { kind: "missing", of: "manifest", digests: children };
  await insertManifest(tx, manifest);
  const references = [
    ...manifest.blobs.map((reference) => ({ kind: "blob", digest: reference })),
    ...manifest.manifests.map((reference) => ({ kind: "manifest", digest: reference })),
  ];
  if (references.length > 0) {
    await tx.query(
      `INSERT INTO manifest_references (repository_id, manifest_digest, kind, digest)
       SELECT $1, $2, w.kind, w.digest FROM unnest($3::text[], $4::text[]) AS w(kind, digest)
       ON CONFLICT DO NOTHING`,
      [repositoryId, digest, references.map((one) => one.kind), references.map((one) => one.digest)],
      "manifest-references-insert",
    );
  }
  for (const tag of [...tags].sort()) {
    if (!(await putTag(tx, { repositoryId, tag, digest }))) return { kind: "immutable", tag };
  }
  return { kind: "put" };
}

const BLOBS_HELD = `SELECT digest FROM repository_blobs WHERE repository_id = $1 AND digest = ANY($2)
  ORDER BY digest FOR KEY SHARE`;
const MANIFESTS_HELD = `SELECT digest FROM manifests WHERE repository_id = $1 AND digest = ANY($2)
  ORDER BY digest FOR KEY SHARE`;

async function missing(
  tx: WriteTx,
  held: string,
  repositoryId: string,
  digests: readonly string[],
): Promise<readonly string[]> {
  if (digests.length === 0) return [];
  const rows = await tx.query<{ digest: string }>(held, [repositoryId, digests]);
  const found = new Set(rows.map((row) => row.digest));
  return digests.filter((digest) => !found.has(digest));
}

const insertManifest = (tx: WriteTx, manifest: NewManifest) =>
  tx.query(
    `INSERT INTO manifests (repository_id, digest, media_type, artifact_type, config_media_type, subject_digest,
       annotations, bytes, image_size)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::bigint + coalesce(
       (SELECT max(image_size) FROM manifests WHERE repository_id = $1 AND digest = ANY($10)), 0))
     ON CONFLICT DO NOTHING`,
    [
      manifest.repositoryId,
      manifest.digest,
      manifest.mediaType,
      manifest.artifactType,
      manifest.configMediaType,
      manifest.subjectDigest,
      manifest.annotations === null ? null : JSON.stringify(manifest.annotations),
      manifest.bytes,
      manifest.ownSize,
      manifest.manifests,
    ],
    "manifest-insert",
  );

/**
 * Whether a tag of this repository may move, by its setting and the exclusions, of which `*` is the only wildcard.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
 */
const TAG_MOVES = `SELECT (r.tag_mutability LIKE 'MUTABLE%') <> EXISTS (
    SELECT 1 FROM jsonb_array_elements(r.tag_mutability_exclusion_filters) f
    WHERE r.tag_mutability LIKE '%_WITH_EXCLUSION'
      AND $2 LIKE replace(replace(f->>'filter', '_', '\\_'), '*', '%'))
  FROM repositories r WHERE r.id = $1`;

/** One statement, so that of two pushes to an immutable tag one is refused. The same digest again is no move. */
async function putTag(
  tx: WriteTx,
  tag: { readonly repositoryId: string; readonly tag: string; readonly digest: string },
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO image_tags AS t (repository_id, tag, digest) VALUES ($1, $2, $3)
     ON CONFLICT (repository_id, tag) DO UPDATE SET digest = excluded.digest, updated_at = now()
     WHERE t.digest = excluded.digest OR (${TAG_MOVES})
     RETURNING 1`,
    [tag.repositoryId, tag.tag, tag.digest],
    "tag-put",
  );
  return rows.length > 0;
}

/** False when there is no such tag. */
export async function deleteTag(tx: WriteTx, repositoryId: string, tag: string): Promise<boolean> {
  const rows = await tx.query("DELETE FROM image_tags WHERE repository_id = $1 AND tag = $2 RETURNING 1", [
    repositoryId,
    tag,
  ]);
  return rows.length > 0;
}

export type ManifestRemoval =
  | { readonly kind: "removed" }
  | { readonly kind: "unknown" }
  | { readonly kind: "referenced"; readonly by: readonly string[] };

/** Removes a manifest with its tags, unless an index still lists it. */
export async function deleteManifest(
  tx: WriteTx,
  repositoryId: string,
  digest: string,
): Promise<ManifestRemoval> {
  const held = await tx.query("SELECT 1 FROM manifests WHERE repository_id = $1 AND digest = $2 FOR UPDATE", [
    repositoryId,
    digest,
  ]);
  if (held.length === 0) return { kind: "unknown" };
  const parents = await tx.query<{ digest: string }>(
    `SELECT manifest_digest AS digest FROM manifest_references
     WHERE repository_id = $1 AND digest = $2 AND kind = 'manifest' ORDER BY manifest_digest LIMIT 10`,
    [repositoryId, digest],
  );
  if (parents.length > 0) return { kind: "referenced", by: parents.map((parent) => parent.digest) };
  await tx.query("DELETE FROM manifests WHERE repository_id = $1 AND digest = $2", [repositoryId, digest]);
  return { kind: "removed" };
}

export interface Referrer {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType: string | null;
  readonly configMediaType: string | null;
  readonly annotations: Readonly<Record<string, string>> | null;
}

/** Manifests that name `subject`, after a digest, at most `limit`. */
export const listReferrers = (
  db: Pick<ReadTx, "query">,
  page: {
    readonly repositoryId: string;
    readonly subject: string;
    readonly after: string;
    readonly limit: number;
  },
) =>
  db.query<Referrer>(
    `SELECT digest, media_type AS "mediaType", octet_length(bytes) AS size, artifact_type AS "artifactType",
       config_media_type AS "configMediaType", annotations
     FROM manifests WHERE repository_id = $1 AND subject_digest = $2 AND digest COLLATE "C" > $3
     ORDER BY digest COLLATE "C" LIMIT $4`,
    [page.repositoryId, page.subject, page.after, page.limit],
  );

/** AWS notes a pull once a day and image; the first of each day is written. */
export const recordPulls = (
  db: Pick<ReadTx, "query">,
  pulls: readonly { readonly repositoryId: string; readonly digest: string }[],
) =>
  db.query(
    `UPDATE manifests m SET last_pulled_at = now()
     FROM unnest($1::text[], $2::text[]) AS w(repository_id, digest)
     WHERE m.repository_id = w.repository_id AND m.digest = w.digest
       AND (m.last_pulled_at IS NULL OR m.last_pulled_at < now() - interval '1 day')`,
    [pulls.map((pull) => pull.repositoryId), pulls.map((pull) => pull.digest)],
  );
