/** What the registry knows of repositories, images and blobs: PostgreSQL's word, remembered so that pulls outlive it. */
import { type Blob, findBlob, leaseBlob } from "@roadstead/db/blobs";
import type { Db } from "@roadstead/db/connect";
import {
  findManifest,
  findRegistryRepository,
  findTag,
  hasManifest,
  type Manifest,
  type RegistryRepository,
} from "@roadstead/db/manifests";
import type { RepositoryAddress } from "./decide/address.ts";
import { createLastingCache, type DatabaseHealth } from "./lasting-cache.ts";

const REPOSITORIES_MAX = 10_000;
const TAGS_MAX = 50_000;
const BLOBS_MAX = 50_000;
const MANIFESTS_MAX = 20_000;
const MANIFEST_BYTES_MAX = 64 * 1024 * 1024;
/** An answer "it is here" promises at least this much time to push what needs it. */
const LEASE_LEFT_MIN_MS = 45 * 60 * 1_000;

export interface Metadata {
  repository(address: RepositoryAddress): Promise<RegistryRepository | null>;
  /** Promises the blob for a while to whoever is told of it. */
  blob(repositoryId: string, digest: string): Promise<Blob | null>;
  tag(repositoryId: string, tag: string): Promise<string | null>;
  manifest(repositoryId: string, digest: string): Promise<Manifest | null>;
  /** What this process has just committed need not be read. */
  pushed(repositoryId: string, manifest: Manifest, tags: readonly string[]): void;
  /** Something was removed or moved: everything is looked at again. */
  doubt(): void;
}

export function createMetadata(db: Pick<Db, "query">, health: DatabaseHealth): Metadata {
  const repositories = createLastingCache<RegistryRepository>({ entriesMax: REPOSITORIES_MAX, health });
  const blobs = createLastingCache<Blob>({ entriesMax: BLOBS_MAX, health });
  const tags = createLastingCache<string>({ entriesMax: TAGS_MAX, health });
  const manifests = createLastingCache<Manifest>({
    entriesMax: MANIFESTS_MAX,
    health,
    bytesMax: MANIFEST_BYTES_MAX,
    sizeOf: ({ bytes }) => bytes.length,
  });
  const leased = async (repositoryId: string, digest: string) => {
    const blob = await findBlob(db, repositoryId, digest);
    const lasts = blob === null || blob.leaseLeftMs > LEASE_LEFT_MIN_MS;
    return lasts ? blob : leaseBlob(db, repositoryId, digest);
  };
  return {
    repository: ({ place, name }) =>
      repositories.get(`${place.accountId} ${place.region} ${name}`, () =>
        findRegistryRepository(db, place, name),
      ),
    blob: (repositoryId, digest) =>
      blobs.get(`${repositoryId} ${digest}`, () => leased(repositoryId, digest)),
    tag: (repositoryId, tag) => tags.get(`${repositoryId} ${tag}`, () => findTag(db, repositoryId, tag)),
    manifest: (repositoryId, digest) =>
      // The bytes under a digest never change: of those that are known only the presence is asked for.
      manifests.get(`${repositoryId} ${digest}`, async (known) =>
        known === null || (await hasManifest(db, repositoryId, digest))
          ? (known ?? findManifest(db, repositoryId, digest))
          : null,
      ),
    pushed(repositoryId, manifest, pushedTags) {
      manifests.put(`${repositoryId} ${manifest.digest}`, manifest);
      for (const tag of pushedTags) tags.put(`${repositoryId} ${tag}`, manifest.digest);
    },
    doubt() {
      for (const cache of [repositories, blobs, tags, manifests]) cache.doubt();
    },
  };
}
