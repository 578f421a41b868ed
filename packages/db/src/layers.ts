/** Layers as ECR's API asks for them, many at once; it must be told of none that the registry then collects. */
import { LEASE } from "./blobs.ts";
import type { WriteTx } from "./connect.ts";

export interface LayerRow {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Those of the digests that the repository has, each promised to stay for a while. Locked in one order by every caller. */
export const leaseLayers = (tx: WriteTx, repositoryId: string, digests: readonly string[]) =>
  tx.query<LayerRow>(
    `UPDATE blobs b SET lease_until = greatest(b.lease_until, now() + ${LEASE})
     FROM (SELECT l.digest FROM blobs l JOIN repository_blobs r ON r.digest = l.digest
       WHERE r.repository_id = $1 AND l.digest = ANY($2) ORDER BY l.digest FOR UPDATE OF l) AS held
     WHERE b.digest = held.digest RETURNING b.digest, b.size::float8 AS "sizeBytes"`,
    [repositoryId, digests],
  );
