/** Decides under which name an agent gets an image; `render-task` calls it for each container. */
import { atDigest, pullReference, type RegistryNames, registryOf } from "@roadstead/model/image-name";

export interface ImageNames extends RegistryNames {
  /** Where agents ask for what the registry lets them in with. */
  readonly apiUrl: string;
}

/** A container's image as the revision of its service's deployment knows it. */
export interface RevisionImage {
  readonly containerName: string;
  readonly image: string;
  readonly imageDigest: string | null;
}

interface AgentImage {
  readonly image: string;
  /** Absent for an image that is not ours. */
  readonly registryAuthentication: object | undefined;
}

/**
 * Ours is pulled through each machine's loopback, whatever its user called it; all tasks of a deployment run what its
 * first did.
 */
export function agentImage(
  written: string,
  digest: string | null,
  names: ImageNames & { readonly useExecutionRole?: boolean },
): AgentImage {
  const image = (digest && atDigest(written, digest)) || written;
  const ours = registryOf(image, names);
  if (!ours) return { image, registryAuthentication: undefined };
  const { accountId, region } = ours;
  return {
    image: pullReference(ours, names),
    registryAuthentication: {
      type: "ecr",
      ecrAuthData: {
        registryId: accountId,
        region,
        endpointOverride: names.apiUrl,
        // Without one, the instance's own key pulls.
        useExecutionRole: names.useExecutionRole ?? false,
      },
    },
  };
}
