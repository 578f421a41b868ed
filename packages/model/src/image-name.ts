/** Reads image names as Docker does, and tells which of our registries one means; the gateway, the deployer and the api call it. */
import type { Place } from "./arn.ts";

export interface ImageReference {
  readonly host: string;
  readonly path: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

/** An image in one of our registries; a registry is an account in a region. */
export interface RegistryImage extends Place {
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

export interface RegistryNames {
  /** `host[:port]` under which Docker on the registry's own host knows it. */
  readonly registryHost: string;
  /** `<account>.dkr.ecr.<region>.<domain>` is ours too. */
  readonly domain: string;
  /** Meant by a name that says neither account nor region. */
  readonly default: Place;
}

const DOCKER_HUB = "docker.io";
/** https://github.com/distribution/reference has this grammar. */
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const LABEL = "(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])";
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const NAME_MAX_CHARS = 255;

/** Null for what Docker would refuse. */
export function parseImageReference(text: string): ImageReference | null {
  const at = text.indexOf("@");
  const digest = at < 0 ? null : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : null;
  const name = hasTag ? named.slice(0, colon) : named;
  const { host, path } = splitHost(name);
  const isValid =
    HOST.test(host) &&
    PATH.test(path) &&
    `${host}/${path}`.length <= NAME_MAX_CHARS &&
    (tag === null || TAG.test(tag)) &&
    (digest === null || DIGEST.test(digest));
  return isValid ? { host, path, tag, digest } : null;
}

/** A first part is a host when it could be nothing else. Names without one live on Docker Hub. */
function splitHost(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const host = isHost ? first : DOCKER_HUB;
  const path = isHost ? name.slice(slash + 1) : name;
  if (host !== DOCKER_HUB && host !== "index.docker.io") return { host, path };
  return { host: DOCKER_HUB, path: path.includes("/") ? path : `library/${path}` };
}

const LOOPBACK = /^(?:127\.0\.0\.1|localhost)(?::(\d+))?$/;
const FORWARDED_PORT = "4701";
const REGION = "[a-z]{2,}(?:-[a-z]+)+-\\d+";
const ECR_HOST = new RegExp(`^(\\d{12})\\.dkr[.-]ecr(?:-fips)?\\.(${REGION})\\.(.+)$`);
const AWS_DOMAINS = ["amazonaws.com", "amazonaws.com.cn", "on.aws"];
const QUALIFIED = new RegExp(`^(\\d{12})\\.(${REGION})(?:/(.*))?$`, "s");

/** Null for an image that is in none of our registries. */
export function registryOf(reference: string, names: RegistryNames): RegistryImage | null {
  const image = parseImageReference(reference);
  if (!image) return null;
  const { tag, digest } = image;
  const host = image.host.toLowerCase();
  const named = ecrHost(host, names.domain);
  if (named) return { ...named, repository: image.path, tag, digest };
  if (!isOurHost(host, names.registryHost)) return null;
  const found = splitRegistryPath(image.path, names.default);
  return found && { ...found, tag, digest };
}

function ecrHost(host: string, domain: string): Place | null {
  const [, accountId, region, rest] = ECR_HOST.exec(host) ?? [];
  if (!accountId || !region || !rest) return null;
  const isOurs = AWS_DOMAINS.includes(rest) || rest.replace(/:\d+$/, "") === domain.toLowerCase();
  return isOurs ? { accountId, region } : null;
}

function isOurHost(host: string, registryHost: string): boolean {
  if (host === registryHost.toLowerCase()) return true;
  return LOOPBACK.exec(host)?.[1] === pullPort(registryHost);
}

/** Where every machine reaches the registry on its loopback: as on the registry's own, if Docker knows it so there. */
const pullPort = (registryHost: string): string =>
  LOOPBACK.exec(registryHost.toLowerCase())?.[1] ?? FORWARDED_PORT;

/** A first component `<account>.<region>` says whose repository it is, so no repository's name may begin so. */
export const isRegistryQualifier = (component: string): boolean =>
  !component.includes("/") && QUALIFIED.test(component);

/** Whose repository a path in our registry means; null for a qualifier with nothing behind it. */
export function splitRegistryPath(
  path: string,
  otherwise: Place,
): (Place & { readonly repository: string }) | null {
  const [, accountId, region, repository] = QUALIFIED.exec(path) ?? [];
  if (!accountId || !region) return { ...otherwise, repository: path };
  return repository ? { accountId, region, repository } : null;
}

type NamedImage = Pick<RegistryImage, "accountId" | "region" | "repository"> &
  Partial<Pick<RegistryImage, "tag" | "digest">>;

/**
 * The one name by which every machine's Docker pulls an image of ours, and keeps it: no two registries share a
 * name, and each image has only this one. A digest wins over a tag.
 */
export function pullReference(
  image: NamedImage,
  names: Pick<RegistryNames, "registryHost" | "default">,
): string {
  const { accountId, region, repository, tag, digest } = image;
  const isDefault = accountId === names.default.accountId && region === names.default.region;
  const [first = ""] = repository.split("/");
  const owner = isDefault && !isRegistryQualifier(first) ? "" : `${accountId}.${region}/`;
  const version = digest ? `@${digest}` : `:${tag ?? "latest"}`;
  return `127.0.0.1:${pullPort(names.registryHost)}/${owner}${repository}${version}`;
}

/** The same repository at a digest, whatever tag the name had; null for what is no image name. */
export function atDigest(reference: string, digest: string): string | null {
  const image = parseImageReference(reference);
  if (!image || !DIGEST.test(digest)) return null;
  const name = reference.split("@")[0] ?? reference;
  return `${image.tag === null ? name : name.slice(0, name.lastIndexOf(":"))}@${digest}`;
}
