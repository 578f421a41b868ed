/** Images put into repositories below the API, for tests that have no registry to push to. */
import { createHash } from "node:crypto";
import type { Db } from "@roadstead/db/connect";
import { putManifest } from "@roadstead/db/manifests";

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";

const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

export interface PushedImage {
  readonly digest: string;
  readonly manifest: string;
}

/** Pushes an image of so many bytes; with children it is an index of them. */
export async function pushImage(
  db: Db,
  image: {
    readonly repository: string;
    /** Makes one image differ from another. */
    readonly name: string;
    readonly tags?: readonly string[];
    readonly size?: number;
    readonly children?: readonly PushedImage[];
    readonly subject?: PushedImage;
  },
): Promise<PushedImage> {
  const { repository, name, tags = [], size = 1_000, children = [], subject } = image;
  const mediaType = children.length > 0 ? OCI_INDEX : OCI_MANIFEST;
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, annotations: { name } });
  const digest = digestOf(manifest);
  const [row] = await db.query<{ id: string }>("SELECT id FROM repositories WHERE name = $1", [repository]);
  const result = await db.write((tx) =>
    putManifest(
      tx,
      {
        repositoryId: row?.id ?? "",
        digest,
        mediaType,
        artifactType: null,
        configMediaType: children.length > 0 ? null : OCI_CONFIG,
        subjectDigest: subject?.digest ?? null,
        annotations: { name },
        bytes: Buffer.from(manifest),
        ownSize: children.length > 0 ? 0 : size,
        blobs: [],
        manifests: children.map((child) => child.digest),
      },
      tags,
    ),
  );
  if (result.kind !== "put") throw new Error(`the image was refused: ${JSON.stringify(result)}`);
  return { digest, manifest };
}
