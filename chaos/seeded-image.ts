/** Makes images whose bytes a seed decides; push-images.ts pushes them. */
import { createCipheriv, createHash } from "node:crypto";
import type { Random } from "./dice.ts";

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
const BYTES_MIN = 1_000;
const BYTES_MAX = 600_000;
const KEY_BYTES = 16;

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface SeededImage {
  readonly manifest: Blob;
  /** Its configuration first, then its layers. */
  readonly blobs: readonly [Blob, ...Blob[]];
}

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const blobOf = (bytes: Buffer): Blob => ({ bytes, digest: digestOf(bytes) });

export function seededBlob(random: Random): Blob {
  const key = Buffer.from(Array.from({ length: KEY_BYTES }, () => Math.floor(random() * 256)));
  const length = BYTES_MIN + Math.floor(random() * (BYTES_MAX - BYTES_MIN));
  const stream = createCipheriv("aes-128-ctr", key, Buffer.alloc(KEY_BYTES));
  return blobOf(stream.update(Buffer.alloc(length)));
}

export function imageOf(layers: readonly Blob[]): SeededImage {
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  const config = blobOf(Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs })));
  const part = (mediaType: string, { digest, bytes }: Blob) => ({ mediaType, digest, size: bytes.length });
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: part(CONFIG_TYPE, config),
    layers: layers.map((layer) => part(LAYER_TYPE, layer)),
  };
  return { manifest: blobOf(Buffer.from(JSON.stringify(manifest))), blobs: [config, ...layers] };
}
