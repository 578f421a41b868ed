/** The requests of an upload: begin, mount, append, ask, complete, cancel. */
import { mountBlob, repositoriesWithBlob } from "@roadstead/db/blobs";
import type { Db } from "@roadstead/db/connect";
import { refusalOf } from "../authorize.ts";
import type { BlobUploads, CheckStart, ReceivedUpload } from "../blob-uploads.ts";
import type { RepositoryAddress } from "../decide/address.ts";
import { parseContentRange } from "../decide/byte-range.ts";
import { type Digest, parseDigest } from "../decide/digest.ts";
import { answer, bodyOf, type Headers, hasBody, type RepositoryExchange } from "../exchange.ts";
import { isForeignKeyViolation } from "../finish-blob.ts";
import type { Metadata } from "../metadata.ts";
import { rangeMismatch, sizeInvalid, uploadInvalid, uploadUnknown } from "../registry-error.ts";
import type { Slots } from "../upload-slots.ts";
import { requireDigest } from "./blobs.ts";

export interface UploadHandlersDeps {
  readonly db: Db;
  readonly metadata: Metadata;
  readonly uploads: BlobUploads;
  readonly slots: Slots;
  /** The address that a name in a query means, seen from this request. */
  readonly addressOf: (exchange: RepositoryExchange, name: string) => RepositoryAddress;
}

export async function beginUpload(deps: UploadHandlersDeps, exchange: RepositoryExchange): Promise<void> {
  const { query, response, repository } = exchange;
  const mount = query.get("mount");
  const digest = query.get("digest");
  if (mount !== null) {
    const mounted = await tryMount(deps, exchange, mount);
    if (mounted !== null) return answerCreated(exchange, mounted);
  } else if (digest !== null) {
    const wanted = requireDigest(digest);
    await deps.slots.run(() => deps.uploads.single(repository, wanted, bodyOf(exchange)));
    return answerCreated(exchange, wanted);
  }
  const algorithm = query.get("digest-algorithm");
  if (algorithm !== null && algorithm !== "sha256" && algorithm !== "sha512") {
    throw uploadInvalid(`unsupported digest algorithm '${algorithm}'`);
  }
  answer(response, 202, uploadHeaders(exchange, await deps.uploads.begin(repository)));
}

export async function appendToUpload(
  { uploads, slots }: UploadHandlersDeps,
  exchange: RepositoryExchange,
  id: string,
): Promise<void> {
  const check = startCheck(exchange, id);
  const upload = await slots.run(() => uploads.append(exchange.repository, id, bodyOf(exchange), check));
  answer(exchange.response, 202, uploadHeaders(exchange, upload));
}

export async function completeUpload(
  { uploads, slots }: UploadHandlersDeps,
  exchange: RepositoryExchange,
  id: string,
): Promise<void> {
  const digest = requireDigest(exchange.query.get("digest") ?? "");
  const check = startCheck(exchange, id);
  const body = hasBody(exchange.request) ? bodyOf(exchange) : null;
  const complete = () => uploads.complete(exchange.repository, id, { digest, body, check });
  await (body === null ? complete() : slots.run(complete));
  answerCreated(exchange, digest);
}

export async function uploadStatus(
  { uploads }: UploadHandlersDeps,
  exchange: RepositoryExchange,
  id: string,
): Promise<void> {
  const upload = await uploads.find(exchange.repository, id);
  if (upload === null) throw uploadUnknown(id);
  const { "content-length": _, ...headers } = uploadHeaders(exchange, upload);
  exchange.response.writeHead(204, headers as Record<string, string>).end();
}

export async function cancelUpload(
  { uploads }: UploadHandlersDeps,
  { repository, response }: RepositoryExchange,
  id: string,
): Promise<void> {
  await uploads.cancel(repository, id);
  response.writeHead(204).end();
}

/** A request that says where its bytes belong is refused when that is elsewhere; one that says nothing appends. */
function startCheck(exchange: RepositoryExchange, id: string): CheckStart {
  const header = exchange.request.headers["content-range"];
  if (header === undefined) return () => {};
  const range = parseContentRange(header);
  if (range === null) throw uploadInvalid(`invalid Content-Range '${header}'`);
  const length = exchange.request.headers["content-length"];
  if (length !== undefined && Number(length) !== range.end - range.start + 1) {
    throw sizeInvalid("Content-Range and Content-Length differ");
  }
  return (received) => {
    if (range.start !== received) {
      throw rangeMismatch(uploadHeaders(exchange, { id, received }) as Record<string, string>);
    }
  };
}

function uploadHeaders({ path }: RepositoryExchange, { id, received }: ReceivedUpload): Headers {
  return {
    location: `/v2/${path}/blobs/uploads/${id}`,
    "docker-upload-uuid": id,
    // There is no honest range of nothing; clients take this for it.
    range: `0-${Math.max(0, received - 1)}`,
    "content-length": "0",
  };
}

const answerCreated = ({ response, path }: RepositoryExchange, { text }: Digest): void =>
  answer(response, 201, { location: `/v2/${path}/blobs/${text}`, "docker-content-digest": text });

const MAY_MOUNT = ["ecr:GetDownloadUrlForLayer"];

/** A mount that cannot be is no error: the client pushes instead. */
async function tryMount(
  deps: UploadHandlersDeps,
  exchange: RepositoryExchange,
  mount: string,
): Promise<Digest | null> {
  const digest = parseDigest(mount);
  if (digest === null) return null;
  const repositoryId = exchange.repository.id;
  for (const fromRepositoryId of await sources(deps, exchange, digest)) {
    if (await mountFrom(deps.db, { repositoryId, fromRepositoryId, digest: digest.text })) return digest;
  }
  return null;
}

async function mountFrom(db: Db, mount: Parameters<typeof mountBlob>[1]): Promise<boolean> {
  try {
    return await db.write((tx) => mountBlob(tx, mount));
  } catch (error) {
    if (isForeignKeyViolation(error)) return false; // collected, or the repository deleted, just now
    throw error;
  }
}

/** Repositories that may have the blob and that the caller may pull from. */
async function sources(
  { db, metadata, addressOf }: UploadHandlersDeps,
  exchange: RepositoryExchange,
  digest: Digest,
): Promise<readonly string[]> {
  const { actor, now, query, repository } = exchange;
  const from = query.get("from");
  const may = (address: RepositoryAddress) => refusalOf(actor, address, MAY_MOUNT, now) === null;
  if (from !== null) {
    const address = addressOf(exchange, from);
    const source = may(address) ? await metadata.repository(address) : null;
    return source ? [source.id] : [];
  }
  const { accountId } = repository;
  const holders = await repositoriesWithBlob(db, { accountId, digest: digest.text });
  return holders
    .filter(({ name, region }) => may({ place: { accountId, region }, name }))
    .map(({ id }) => id);
}
