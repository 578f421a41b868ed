/** The lists: tags of a repository, repositories of an account, and what refers to an image. */
import type { Db } from "@roadstead/db/connect";
import {
  findManifest,
  findTag,
  listReferrers,
  listRegistryRepositories,
  listTags,
  type Referrer,
} from "@roadstead/db/manifests";
import type { Place } from "@roadstead/model/arn";
import { refusalOf } from "../authorize.ts";
import { type Descriptor, descriptorsOf, OCI_INDEX } from "../decide/manifest.ts";
import { answerJson, type Exchange, type Headers, type RepositoryExchange } from "../exchange.ts";
import { RegistryError } from "../registry-error.ts";
import { requireDigest } from "./blobs.ts";

const PAGE_MAX = 1_000;
const REFERRERS_PAGE = 500;

export async function getTags({ db }: { readonly db: Db }, exchange: RepositoryExchange): Promise<void> {
  const { query, repository, path } = exchange;
  const limit = pageSize(query);
  const after = query.get("last") ?? "";
  const rows =
    limit === 0 ? [] : await listTags(db, { repositoryId: repository.id, after, limit: limit + 1 });
  const tags = rows.slice(0, limit).map(({ tag }) => tag);
  const more = rows.length > limit ? nextPage(`/v2/${path}/tags/list`, limit, tags.at(-1)) : {};
  answerJson(exchange, 200, { name: path, tags }, more);
}

/** What the caller may see, named as the caller would name it. */
export async function getCatalog(
  { db }: { readonly db: Db },
  exchange: Exchange,
  { place, prefix }: { readonly place: Place; readonly prefix: string },
): Promise<void> {
  const { query, actor, now } = exchange;
  const limit = pageSize(query);
  const after = (query.get("last") ?? "").replace(prefix, "");
  const rows = limit === 0 ? [] : await listRegistryRepositories(db, { place, after, limit: limit + 1 });
  const names = rows.slice(0, limit).map(({ name }) => name);
  const seen = names.filter(
    (name) => refusalOf(actor, { place, name }, ["ecr:DescribeRepositories"], now) === null,
  );
  const more = rows.length > limit ? nextPage("/v2/_catalog", limit, `${prefix}${names.at(-1)}`) : {};
  answerJson(exchange, 200, { repositories: seen.map((name) => prefix + name) }, more);
}

function pageSize(query: URLSearchParams): number {
  const text = query.get("n");
  if (text === null) return PAGE_MAX;
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), PAGE_MAX);
  throw new RegistryError({
    status: 400,
    code: "PAGINATION_NUMBER_INVALID",
    message: "invalid number of results requested",
    detail: { n: text },
  });
}

function nextPage(path: string, limit: number, last = ""): Headers {
  return { link: `<${path}?${new URLSearchParams({ n: String(limit), last })}>; rel="next"` };
}

export async function getReferrers(
  { db }: { readonly db: Db },
  exchange: RepositoryExchange,
  subject: string,
): Promise<void> {
  const { query, repository, path } = exchange;
  const digest = requireDigest(subject);
  const after = query.get("last") ?? "";
  const page = { repositoryId: repository.id, subject: digest.text, after, limit: REFERRERS_PAGE + 1 };
  const rows = await listReferrers(db, page);
  const listed = rows.slice(0, REFERRERS_PAGE).map(descriptorOf);
  const older = after === "" ? await taggedReferrers(db, repository.id, digest.text) : [];
  const known = new Set(listed.map((descriptor) => descriptor.digest));
  const all = [...listed, ...older.filter((descriptor) => !known.has(descriptor.digest))];
  const artifactType = query.get("artifactType");
  const manifests = artifactType === null ? all : all.filter((one) => one.artifactType === artifactType);
  const link = `/v2/${path}/referrers/${digest.text}`;
  answerJson(
    exchange,
    200,
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    {
      "content-type": OCI_INDEX,
      ...(artifactType === null ? {} : { "oci-filters-applied": "artifactType" }),
      ...(rows.length > REFERRERS_PAGE
        ? { link: `<${link}?${nextReferrers(listed.at(-1), artifactType)}>; rel="next"` }
        : {}),
    },
  );
}

const nextReferrers = (last: Descriptor | undefined, artifactType: string | null) =>
  new URLSearchParams({ last: last?.digest ?? "", ...(artifactType === null ? {} : { artifactType }) });

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers */
function descriptorOf(row: Referrer): Descriptor {
  const artifactType = row.artifactType ?? row.configMediaType;
  return {
    mediaType: row.mediaType,
    digest: row.digest,
    size: row.size,
    ...(artifactType === null ? {} : { artifactType }),
    ...(row.annotations === null ? {} : { annotations: row.annotations }),
  };
}

/** Clients that knew no referrers kept them in an index under a tag made of the subject's digest. */
async function taggedReferrers(
  db: Db,
  repositoryId: string,
  subject: string,
): Promise<readonly Descriptor[]> {
  const digest = await findTag(db, repositoryId, subject.replace(":", "-"));
  const index = digest === null ? null : await findManifest(db, repositoryId, digest);
  return index?.mediaType === OCI_INDEX ? descriptorsOf(index.bytes) : [];
}
