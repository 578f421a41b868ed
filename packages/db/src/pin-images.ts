/** Pins a revision's image tags to the digests they name when its deployment begins; the deployer calls this once each. */
import type { WriteTx } from "./connect.ts";

export interface RevisionImage {
  readonly containerName: string;
  /** As the user wrote it. */
  readonly image: string;
  /** Null for an image that is not in our registry: what it names is known when a task has pulled it. */
  readonly reference: {
    readonly accountId: string;
    readonly region: string;
    readonly repository: string;
    readonly tag: string | null;
    readonly digest: string | null;
  } | null;
}

/** A tag that does not exist stays unpinned: its pull fails with the registry's own words. */
export async function pinImages(
  tx: WriteTx,
  revisionId: string,
  images: readonly RevisionImage[],
): Promise<void> {
  const tagged = images.flatMap(({ reference }) =>
    reference && reference.digest === null ? [{ ...reference, tag: reference.tag ?? "latest" }] : [],
  );
  const found = await tx.query<{ key: string; digest: string }>(
    `SELECT w.key, t.digest
     FROM jsonb_to_recordset($1) AS w("accountId" text, region text, repository text, tag text, key text)
     JOIN scopes s ON s.account_id = w."accountId" AND s.region = w.region
     JOIN repositories r ON r.scope_id = s.id AND r.name = w.repository
     JOIN image_tags t ON t.repository_id = r.id AND t.tag = w.tag`,
    [JSON.stringify(tagged.map((reference) => ({ ...reference, key: keyOf(reference) })))],
  );
  const digests = new Map(found.map(({ key, digest }) => [key, digest]));
  const pinned = images.map(({ containerName, image, reference }) => ({
    containerName,
    image,
    imageDigest:
      reference?.digest ??
      (reference ? (digests.get(keyOf({ ...reference, tag: reference.tag ?? "latest" })) ?? null) : null),
  }));
  await tx.query(
    `UPDATE service_revisions SET container_images = $2, images_resolved_at = now()
     WHERE id = $1 AND images_resolved_at IS NULL`,
    [revisionId, JSON.stringify(pinned)],
  );
}

const keyOf = (r: { accountId: string; region: string; repository: string; tag: string | null }) =>
  `${r.accountId} ${r.region} ${r.repository} ${r.tag}`;
