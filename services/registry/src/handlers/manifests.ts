/** GET, HEAD, PUT and DELETE of a manifest, by tag or by digest. */
import { createHash } from "node:crypto";
import type { Db } from "@roadstead/db/connect";
import {
  deleteManifest,
  deleteTag,
  type Manifest,
  type NewManifest,
  type PutResult,
  putManifest,
} from "@roadstead/db/manifests";
import { type Digest, type DigestAlgorithm, parseDigest } from "../decide/digest.ts";
import { type ParsedManifest, parseManifest } from "../decide/manifest.ts";
import { isTag } from "../decide/route.ts";
import { answer, answerBytes, type Headers, type RepositoryExchange, readBody } from "../exchange.ts";
import { isForeignKeyViolation } from "../finish-blob.ts";
import type { Metadata } from "../metadata.ts";
import type { PullLog } from "../pull-log.ts";
import {
  digestInvalid,
  digestMismatch,
  manifestInvalid,
  manifestUnknown,
  nameUnknown,
  RegistryError,
  sizeInvalid,
  tagInvalid,
  unsupported,
} from "../registry-error.ts";

/** ECR's bound. https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;
const TAGS_MAX = 50;

export interface ManifestHandlersDeps {
  readonly db: Db;
  readonly metadata: Metadata;
  readonly pulls: PullLog;
  /** Tells the other replicas to look again. */
  readonly changed: () => void;
}

export async function getManifest(
  { metadata, pulls }: ManifestHandlersDeps,
  exchange: RepositoryExchange,
  reference: string,
): Promise<void> {
  const { id } = exchange.repository;
  const digest = reference.includes(":") ? parseDigest(reference)?.text : await metadata.tag(id, reference);
  const manifest = digest ? await metadata.manifest(id, digest) : null;
  if (manifest === null) throw manifestUnknown();
  if (exchange.request.method === "GET") pulls.note(id, manifest);
  answerBytes(exchange, 200, { bytes: manifest.bytes, headers: manifestHeaders(manifest) });
}

const manifestHeaders = ({ digest, mediaType }: Manifest): Headers => ({
  "content-type": mediaType,
  "docker-content-digest": digest,
  etag: `"${digest}"`,
});

export async function putManifestRequest(
  { db, metadata, changed }: ManifestHandlersDeps,
  exchange: RepositoryExchange,
  reference: string,
): Promise<void> {
  const { repository, path, response } = exchange;
  const wanted = wantedReference(exchange, reference);
  const bytes = await readBody(exchange, MANIFEST_BYTES_MAX);
  if (bytes === null) throw sizeInvalid("manifest is larger than 4194304 bytes", 413);
  const digest = digestOf(bytes, wanted.digest?.algorithm ?? "sha256");
  if (wanted.digest && wanted.digest.text !== digest) throw digestMismatch(wanted.digest.text, digest);
  const parsed = parseManifest(bytes, mediaTypeOf(exchange.request.headers["content-type"]));
  if (!parsed.ok) throw manifestInvalid(parsed.problem);
  const manifest = { repositoryId: repository.id, digest, bytes, ...asRow(parsed.manifest) };
  try {
    await db.write(async (tx) => {
      const result = await putManifest(tx, manifest, wanted.tags);
      if (result.kind !== "put") throw refusalOfPut(result, exchange); // and roll back
    });
  } catch (error) {
    if (isForeignKeyViolation(error)) throw nameUnknown(repository.name, repository.accountId);
    throw error;
  }
  const { mediaType, subjectDigest } = parsed.manifest;
  metadata.pushed(repository.id, { digest, mediaType, bytes, lastPulledAt: null }, wanted.tags);
  changed();
  answer(response, 201, {
    location: `/v2/${path}/manifests/${digest}`,
    "docker-content-digest": digest,
    ...(subjectDigest === null ? {} : { "oci-subject": subjectDigest }),
    ...(wanted.digest && wanted.tags.length > 0 ? { "oci-tag": wanted.tags.join(", ") } : {}),
  });
}

interface WantedReference {
  readonly digest: Digest | null;
  readonly tags: readonly string[];
}

/** By tag, or by digest with any number of `tag` parameters. */
function wantedReference({ query }: RepositoryExchange, reference: string): WantedReference {
  if (!reference.includes(":")) {
    if (!isTag(reference)) throw tagInvalid("manifest tag is not valid", { tag: reference });
    return { digest: null, tags: [reference] };
  }
  const digest = parseDigest(reference);
  if (digest === null) throw digestInvalid("invalid digest", { digest: reference });
  const tags = [...new Set(query.getAll("tag"))];
  if (tags.length > TAGS_MAX) throw sizeInvalid(`at most ${TAGS_MAX} tags at a time`, 414);
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) throw tagInvalid("manifest tag is not valid", { tag: wrong });
  return { digest, tags };
}

const digestOf = (bytes: Uint8Array, algorithm: DigestAlgorithm) =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;

const mediaTypeOf = (contentType: string | undefined): string | null =>
  contentType?.split(";")[0]?.trim() || null;

const asRow = (parsed: ParsedManifest): Omit<NewManifest, "repositoryId" | "digest" | "bytes"> => ({
  mediaType: parsed.mediaType,
  artifactType: parsed.artifactType,
  configMediaType: parsed.configMediaType,
  subjectDigest: parsed.subjectDigest,
  annotations: parsed.annotations,
  ownSize: parsed.size,
  blobs: parsed.blobs,
  manifests: parsed.manifests,
});

function refusalOfPut(
  result: Exclude<PutResult, { kind: "put" }>,
  { repository }: RepositoryExchange,
): RegistryError {
  const { name, accountId } = repository;
  if (result.kind === "immutable") {
    return tagInvalid(
      `The image tag '${result.tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`,
    );
  }
  const what = result.of === "blob" ? "Layers" : "Images";
  return new RegistryError({
    status: 400,
    code: "MANIFEST_BLOB_UNKNOWN",
    message: `${what} with digests '[${result.digests.join(", ")}]' required for pushing image into repository with name '${name}' in the registry with id '${accountId}' do not exist`,
    detail: result.digests.map((digest) => ({ digest })),
  });
}

/** A tag is only untied; a digest goes with every tag on it, unless an index still lists it. */
export async function deleteManifestRequest(
  { db, metadata, changed }: ManifestHandlersDeps,
  { repository, response }: RepositoryExchange,
  reference: string,
): Promise<void> {
  if (reference.includes(":")) {
    const digest = parseDigest(reference);
    if (digest === null) throw digestInvalid("invalid digest", { digest: reference });
    const removal = await db.write((tx) => deleteManifest(tx, repository.id, digest.text));
    if (removal.kind === "unknown") throw manifestUnknown();
    if (removal.kind === "referenced") {
      throw unsupported(`Requested image referenced by manifest list: [${removal.by.join(", ")}]`);
    }
  } else if (!(await db.write((tx) => deleteTag(tx, repository.id, reference)))) {
    throw manifestUnknown();
  }
  metadata.doubt();
  changed();
  answer(response, 202);
}
