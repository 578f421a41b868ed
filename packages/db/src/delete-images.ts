/** Deletes images and tags as ECR's BatchDeleteImage does, in one transaction. Layers are the registry's to collect. */
import type { WriteTx } from "./connect.ts";
import { type DeletableImage, decideImageDeletion, type ImageDeletion } from "./decide-image-deletion.ts";
import type { ImageId } from "./images.ts";

export async function deleteImages(
  tx: WriteTx,
  repositoryId: string,
  ids: readonly ImageId[],
): Promise<ImageDeletion> {
  const deletion = decideImageDeletion(ids, await lockImages(tx, repositoryId, ids));
  if (deletion.tags.length > 0) {
    // By both, since a tag may move to another image until it is gone.
    await tx.query(
      `DELETE FROM image_tags t USING unnest($2::text[], $3::text[]) AS w(tag, digest)
       WHERE t.repository_id = $1 AND t.tag = w.tag AND t.digest = w.digest`,
      [repositoryId, deletion.tags.map(({ tag }) => tag), deletion.tags.map(({ digest }) => digest)],
    );
  }
  if (deletion.digests.length > 0) {
    await tx.query("DELETE FROM manifests WHERE repository_id = $1 AND digest = ANY($2)", [
      repositoryId,
      deletion.digests,
    ]);
  }
  return deletion;
}

/**
 * Holds every image that an id means, and then reads tags and parents in statements of their own: a push to one of
 * them holds its row too, and may have committed while we waited. A tag that moved meanwhile means nothing we hold.
 */
async function lockImages(
  tx: WriteTx,
  repositoryId: string,
  ids: readonly ImageId[],
): Promise<readonly DeletableImage[]> {
  const held = await tx.query<{ digest: string }>(
    `SELECT digest FROM manifests WHERE repository_id = $1 AND digest IN (
       SELECT unnest($2::text[])
       UNION SELECT t.digest FROM image_tags t WHERE t.repository_id = $1 AND t.tag = ANY($3))
     ORDER BY digest FOR UPDATE`,
    [repositoryId, ids.flatMap(({ digest }) => digest ?? []), ids.flatMap(({ tag }) => tag ?? [])],
  );
  return tx.query<DeletableImage>(
    `SELECT m.digest,
       ARRAY(SELECT t.tag FROM image_tags t WHERE t.repository_id = $1 AND t.digest = m.digest ORDER BY t.tag) AS tags,
       ARRAY(SELECT r.manifest_digest FROM manifest_references r
         WHERE r.repository_id = $1 AND r.digest = m.digest AND r.kind = 'manifest' ORDER BY r.manifest_digest) AS parents
     FROM unnest($2::text[]) AS m(digest)`,
    [repositoryId, held.map(({ digest }) => digest)],
  );
}
