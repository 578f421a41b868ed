/** Finds out which account's and region's repository a request means, from its host and the name in its path. */
import type { Place } from "@roadstead/model/arn";
import { splitRegistryPath } from "@roadstead/model/image-name";

export interface RepositoryAddress {
  readonly place: Place;
  readonly name: string;
}

const ECR_HOST = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\./;

/** `<account>.dkr.ecr.<region>.…` says it in the host, `<account>.<region>/…` in the name; else it is the first account. */
export function addressOf(host: string, name: string, first: Place): RepositoryAddress {
  const place = placeOfHost(host);
  if (place !== null) return { place, name };
  const named = splitRegistryPath(name, first);
  if (named === null) return { place: first, name };
  const { repository, ...whose } = named;
  return { place: whose, name: repository };
}

/** Null for a host that names no registry in particular. */
export function placeOfHost(host: string): Place | null {
  const [, accountId, region] = ECR_HOST.exec(host.toLowerCase()) ?? [];
  return accountId && region ? { accountId, region } : null;
}
