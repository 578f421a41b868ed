/** Finds what this machine's engine keeps of the stack's registry; a purge leaves none of it behind. */
import { engineCall } from "./install/docker.ts";

interface EngineImage {
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
}

/**
 * Takes the registry's names from the engine's images. With its last name an image goes too, unless a container of somebody's
 * uses it; one that was pushed to another registry as well stays under the name that it has there.
 */
export async function removeRegistryImages(dockerSocket: string, registry: string): Promise<void> {
  const answer = await engineCall(dockerSocket, { method: "GET", path: "/images/json" });
  if (answer.status !== 200) return;
  const images = JSON.parse(answer.body.toString("utf8")) as readonly EngineImage[];
  for (const name of images.flatMap((image) => namesIn(registry, image))) {
    // The last tag of a repository takes its digests along.
    await engineCall(dockerSocket, { method: "DELETE", path: `/images/${name}?force=true` });
  }
}

export const namesIn = (registry: string, { RepoTags, RepoDigests }: EngineImage): readonly string[] =>
  [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((name) => name.startsWith(`${registry}/`));
