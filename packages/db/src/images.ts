/** Reads images as ECR's API shows them: by tag, by digest, in pages. The registry's own path to manifests is another. */
import type { ReadTx } from "./connect.ts";

/** How callers name an image; with both members they must belong together. */
export interface ImageId {
  readonly digest?: string | undefined;
  readonly tag?: string | undefined;
}

export type TagStatus = "TAGGED" | "UNTAGGED" | "ANY";

export interface ImageRow {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly configMediaType: string | null;
  readonly subjectDigest: string | null;
  readonly sizeBytes: number;
  readonly pushedAt: Date;
  readonly lastPulledAt: Date | null;
  /** In byte order; empty for an untagged image. */
  readonly tags: readonly string[];
  /** Its place in a list. */
  readonly key: string;
}

/** The digest each id means, or null where there is no such image; in the order of the ids. */
export async function resolveImages(
  tx: Pick<ReadTx, "query">,
  repositoryId: string,
  ids: readonly ImageId[],
): Promise<readonly (string | null)[]> {
  const rows = await tx.query<{ digest: string | null }>(
    `SELECT m.digest FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS id(digest, tag, n)
     LEFT JOIN image_tags t ON t.repository_id = $1 AND t.tag = id.tag
     LEFT JOIN manifests m ON m.repository_id = $1 AND m.digest = coalesce(id.digest, t.digest)
       AND (id.tag IS NULL OR m.digest = t.digest)
     ORDER BY id.n`,
    [repositoryId, ids.map(({ digest }) => digest ?? null), ids.map(({ tag }) => tag ?? null)],
  );
  return rows.map(({ digest }) => digest);
}

// Microseconds count: images that were pushed within one millisecond must not hide each other.
const COLUMNS = `m.digest, m.media_type AS "mediaType", m.artifact_type AS "artifactType",
  m.config_media_type AS "configMediaType", m.subject_digest AS "subjectDigest",
  m.image_size::float8 AS "sizeBytes", m.pushed_at AS "pushedAt", m.last_pulled_at AS "lastPulledAt",
  ARRAY(SELECT t.tag FROM image_tags t WHERE t.repository_id = m.repository_id AND t.digest = m.digest ORDER BY t.tag)
    AS tags,
  to_char(m.pushed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ' ' || m.digest AS key`;

export const findImages = (tx: Pick<ReadTx, "query">, repositoryId: string, digests: readonly string[]) =>
  tx.query<ImageRow>(`SELECT ${COLUMNS} FROM manifests m WHERE m.repository_id = $1 AND m.digest = ANY($2)`, [
    repositoryId,
    digests,
  ]);

export interface ImagePage {
  readonly repositoryId: string;
  readonly tagStatus: TagStatus;
  /** The key of the last row that was shown; empty for the first page. */
  readonly after: string;
  readonly limit: number;
}

const HAS_TAG =
  "EXISTS (SELECT 1 FROM image_tags t WHERE t.repository_id = m.repository_id AND t.digest = m.digest)";
const BY_TAG_STATUS = { ANY: "true", TAGGED: HAS_TAG, UNTAGGED: `NOT ${HAS_TAG}` } as const;

/** Images in the order they were pushed, so that what is pushed meanwhile comes last. */
export function listImages(tx: Pick<ReadTx, "query">, page: ImagePage): Promise<ImageRow[]> {
  const [pushedAt = "", digest = ""] = page.after.split(" ");
  return tx.query<ImageRow>(
    `SELECT ${COLUMNS} FROM manifests m
     WHERE m.repository_id = $1 AND (m.pushed_at, m.digest) > ($2::timestamptz, $3)
       AND ${BY_TAG_STATUS[page.tagStatus]}
     ORDER BY m.pushed_at, m.digest LIMIT $4`,
    [page.repositoryId, pushedAt || "-infinity", digest, page.limit],
  );
}

export interface ImageIdRow {
  readonly digest: string;
  readonly tag: string | null;
  /** Its place in a list. */
  readonly key: string;
}

/** One row for each tag, in byte order, and then one for each image without a tag. */
export async function listImageIds(tx: Pick<ReadTx, "query">, page: ImagePage): Promise<ImageIdRow[]> {
  const { repositoryId, tagStatus, after, limit } = page;
  const inUntagged = after.startsWith(UNTAGGED_KEY);
  const tagged =
    tagStatus === "UNTAGGED" || inUntagged
      ? []
      : await listTags(tx, { repositoryId, after: after.slice(TAG_KEY.length), limit });
  if (tagStatus === "TAGGED" || tagged.length === limit) return tagged;
  const untagged = await tx.query<ImageIdRow>(
    `SELECT m.digest, NULL AS tag, '${UNTAGGED_KEY}' || m.digest AS key FROM manifests m
     WHERE m.repository_id = $1 AND m.digest > $2 AND ${BY_TAG_STATUS.UNTAGGED} ORDER BY m.digest LIMIT $3`,
    [repositoryId, inUntagged ? after.slice(UNTAGGED_KEY.length) : "", limit - tagged.length],
  );
  return [...tagged, ...untagged];
}

const TAG_KEY = "tag ";
const UNTAGGED_KEY = "digest ";

const listTags = (
  tx: Pick<ReadTx, "query">,
  page: { readonly repositoryId: string; readonly after: string; readonly limit: number },
) =>
  tx.query<ImageIdRow>(
    `SELECT digest, tag, '${TAG_KEY}' || tag AS key FROM image_tags
     WHERE repository_id = $1 AND tag > $2 ORDER BY tag LIMIT $3`,
    [page.repositoryId, page.after, page.limit],
  );

export interface ImageManifestRow {
  readonly digest: string;
  readonly mediaType: string;
  /** Exactly as pushed. */
  readonly bytes: Buffer;
}

/** How many bytes the manifests have together, so that nobody loads more than fits an answer. */
export async function manifestBytes(
  tx: Pick<ReadTx, "query">,
  repositoryId: string,
  digests: readonly string[],
): Promise<number> {
  const [row] = await tx.query<{ bytes: number }>(
    `SELECT coalesce(sum(octet_length(bytes)), 0)::float8 AS bytes FROM manifests
     WHERE repository_id = $1 AND digest = ANY($2)`,
    [repositoryId, digests],
  );
  return row?.bytes ?? 0;
}

export const findImageManifests = (
  tx: Pick<ReadTx, "query">,
  repositoryId: string,
  digests: readonly string[],
) =>
  tx.query<ImageManifestRow>(
    `SELECT digest, media_type AS "mediaType", bytes FROM manifests WHERE repository_id = $1 AND digest = ANY($2)`,
    [repositoryId, digests],
  );
