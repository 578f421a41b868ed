/** Reads digests; every path that takes one calls this. https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests */

export type DigestAlgorithm = "sha256" | "sha512";

export interface Digest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
  /** As it is written: `sha256:…`. */
  readonly text: string;
}

const HEX_DIGITS = { sha256: 64, sha512: 128 } as const;

/** Null for what is no digest, or one of an algorithm that we do not compute. */
export function parseDigest(text: string): Digest | null {
  const [, algorithm, hex = ""] = /^(sha256|sha512):([0-9a-f]+)$/.exec(text) ?? [];
  if (algorithm !== "sha256" && algorithm !== "sha512") return null;
  return hex.length === HEX_DIGITS[algorithm] ? { algorithm, hex, text } : null;
}
