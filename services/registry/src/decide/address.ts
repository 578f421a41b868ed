/** Finds out which account's and region's repository a request means, from its host and the name in its path. */
import type { Place } from "@roadstead/model/arn";

export interface RepositoryAddress {
  readonly place: Place;
  readonly name: string;
}

const ECR_HOST = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\./;
/** CreateRepository takes no name that begins like this. */
const PLACE_COMPONENT = /^(\d{12})\.([a-z]{2,}(?:-[a-z]+)+-\d+)\//;

/** `<account>.dkr.ecr.<region>.…` says it in the host, `<account>.<region>/…` in the name; else it is the first account. */
export function addressOf(host: string, name: string, first: Place): RepositoryAddress {
  const named = PLACE_COMPONENT.exec(name);
  const place = placeOfHost(host);
  if (place !== null) return { place, name };
  if (named === null) return { place: first, name };
  const [prefix, accountId = "", region = ""] = named;
  return { place: { accountId, region }, name: name.slice(prefix.length) };
}

/** Null for a host that names no registry in particular. */
export function placeOfHost(host: string): Place | null {
  const [, accountId, region] = ECR_HOST.exec(host.toLowerCase()) ?? [];
  return accountId && region ? { accountId, region } : null;
}
