/** Reads a manifest: what it is, what it needs, and what it is about. The bytes themselves are never changed. */

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const INDEXES: readonly string[] = [OCI_INDEX, DOCKER_LIST];
const ACCEPTED: readonly string[] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ParsedManifest {
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly configMediaType: string | null;
  readonly subjectDigest: string | null;
  readonly annotations: Readonly<Record<string, string>> | null;
  /** What must be here for it to be pulled, each once. */
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
  /** Configuration and layers together. */
  readonly size: number;
}

export type ManifestResult =
  | { readonly ok: true; readonly manifest: ParsedManifest }
  | { readonly ok: false; readonly problem: string };

/** `contentType` is the header without parameters; it decides when the document does not say what it is. */
export function parseManifest(bytes: Uint8Array, contentType: string | null): ManifestResult {
  try {
    return { ok: true, manifest: read(bytes, contentType) };
  } catch (error) {
    if (!(error instanceof ManifestProblem)) throw error;
    return { ok: false, problem: error.message };
  }
}

class ManifestProblem extends Error {}

function read(bytes: Uint8Array, contentType: string | null): ParsedManifest {
  const document = parseObject(bytes);
  if (document.schemaVersion !== 2) throw new ManifestProblem("schemaVersion must be 2");
  const inside = optionalText(document.mediaType, "mediaType");
  if (inside !== null && contentType !== null && inside !== contentType) {
    throw new ManifestProblem(`mediaType '${inside}' differs from the Content-Type '${contentType}'`);
  }
  const mediaType = inside ?? contentType ?? (Array.isArray(document.manifests) ? OCI_INDEX : OCI_MANIFEST);
  if (!ACCEPTED.includes(mediaType)) throw new ManifestProblem(`unsupported manifest type '${mediaType}'`);
  const subject = document.subject === undefined ? null : descriptor(document.subject, "subject");
  const what = {
    mediaType,
    artifactType: optionalText(document.artifactType, "artifactType"),
    subjectDigest: subject?.digest ?? null,
    annotations: annotations(document.annotations),
  };
  return INDEXES.includes(mediaType)
    ? { ...what, ...readIndex(document) }
    : { ...what, ...readImage(document) };
}

function readIndex(document: Record<string, unknown>) {
  if (document.layers !== undefined || document.config !== undefined) {
    throw new ManifestProblem("an index has neither config nor layers");
  }
  const children = descriptors(document.manifests, "manifests");
  return { configMediaType: null, blobs: [], manifests: distinct(children), size: 0 };
}

function readImage(document: Record<string, unknown>) {
  if (document.manifests !== undefined) throw new ManifestProblem("an image manifest lists no manifests");
  const config = descriptor(document.config, "config");
  const layers = descriptors(document.layers, "layers");
  const size = layers.reduce((sum, layer) => sum + layer.size, config.size);
  if (!Number.isSafeInteger(size)) throw new ManifestProblem("layers are larger than any image");
  const needed = [config, ...layers.filter((layer) => !isForeign(layer))];
  return { configMediaType: config.mediaType, blobs: distinct(needed), manifests: [], size };
}

interface ReadDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly urls: boolean;
}

/** Layers that clients fetch from elsewhere are not pushed. */
const isForeign = ({ mediaType, urls }: ReadDescriptor) =>
  urls ||
  mediaType === "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" ||
  mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.");

const distinct = (list: readonly ReadDescriptor[]) => [...new Set(list.map(({ digest }) => digest))];

function descriptors(value: unknown, where: string): readonly ReadDescriptor[] {
  // Writers in Go leave null for an empty list.
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new ManifestProblem(`${where} must be a list`);
  return value.map((item, index) => descriptor(item, `${where}[${index}]`));
}

const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

function descriptor(value: unknown, where: string): ReadDescriptor {
  if (!isObject(value)) throw new ManifestProblem(`${where} must be a descriptor`);
  const { mediaType = "", digest, size, urls } = value;
  if (!isText(mediaType)) throw new ManifestProblem(`${where}.mediaType must be a string`);
  if (typeof digest !== "string" || !DIGEST.test(digest)) {
    throw new ManifestProblem(`${where}.digest must be a digest`);
  }
  if (!Number.isSafeInteger(size) || Number(size) < 0) {
    throw new ManifestProblem(`${where}.size must be a size`);
  }
  return { mediaType, digest, size: Number(size), urls: Array.isArray(urls) && urls.length > 0 };
}

/** The descriptors of an index as they stand in it; empty for what is no index. */
export function descriptorsOf(bytes: Uint8Array): readonly Descriptor[] {
  const document = parseObject(bytes);
  return Array.isArray(document.manifests)
    ? document.manifests.filter((item) => isObject(item) && typeof item.digest === "string")
    : [];
}

function annotations(value: unknown): Readonly<Record<string, string>> | null {
  if (value === undefined || value === null) return null;
  if (!isObject(value) || !Object.entries(value).flat().every(isText)) {
    throw new ManifestProblem("annotations must map strings to strings");
  }
  return value as Record<string, string>;
}

function optionalText(value: unknown, where: string): string | null {
  if (value === undefined || value === "") return null;
  if (!isText(value)) throw new ManifestProblem(`${where} must be a string`);
  return value;
}

/** PostgreSQL keeps every text but one with a zero in it. */
const isText = (value: unknown): value is string => typeof value === "string" && !value.includes("\u0000");

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new ManifestProblem("manifest is not JSON");
  }
  if (!isObject(document)) throw new ManifestProblem("manifest is not an object");
  return document;
}
