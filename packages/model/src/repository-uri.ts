/** Where images of a repository are pushed to and pulled from; the api answers it. `image-name.ts` reads it back. */
import type { Place } from "./arn.ts";

/** The registry as Docker names it. */
export interface RegistryAddress {
  /** e.g. `127.0.0.1:4701` */
  readonly host: string;
  /** The registry that is reached without naming its account and region. */
  readonly home: Place;
}

/** Good for `docker push` and in a task definition as it is: other registries than the home one are a path below the host. */
export function repositoryUri({ host, home }: RegistryAddress, place: Place, name: string): string {
  const isHome = place.accountId === home.accountId && place.region === home.region;
  return isHome ? `${host}/${name}` : `${host}/${place.accountId}.${place.region}/${name}`;
}
