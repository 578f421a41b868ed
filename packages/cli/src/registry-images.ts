/** Finds what this machine's engine keeps of the stack's registry; a purge leaves none of it behind. */
import { engineCall } from "./install/docker.ts";

interface EngineImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
}

/** Removes images that have no other name than in the registry; an image that a container of somebody's uses loses its name alone. */
export async function removeRegistryImages(dockerSocket: string, registry: string): Promise<void> {
  const answer = await engineCall(dockerSocket, { method: "GET", path: "/images/json" });
  if (answer.status !== 200) return;
  const images = JSON.parse(answer.body.toString("utf8")) as readonly EngineImage[];
  for (const { Id } of images.filter((image) => isOnlyOf(registry, image))) {
    await engineCall(dockerSocket, { method: "DELETE", path: `/images/${Id}?force=true` });
  }
}

export function isOnlyOf(registry: string, { RepoTags, RepoDigests }: Omit<EngineImage, "Id">): boolean {
  const names = [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((name) => !name.startsWith("<none>"));
  return names.length > 0 && names.every((name) => name.startsWith(`${registry}/`));
}
