/** Where a container asks for what there is to know of it, and what it asked for there; containers' making and the endpoint call it. */

export type Wanted = "container" | "task" | "stats" | "taskStats";

const PATH = /^\/v[34]\/([\w-]+)-(\d+)(\/task\/stats|\/task|\/stats|)\/?(?:\?.*)?$/;
const WANTED: Readonly<Record<string, Wanted>> = {
  "": "container",
  "/task": "task",
  "/stats": "stats",
  "/task/stats": "taskStats",
};

export const isMetadataPath = (path: string): boolean => /^\/v[34](\/|$)/.test(path);

/** Null for what leads nowhere. */
export function readMetadataPath(path: string) {
  const [, id, index, what = ""] = PATH.exec(path) ?? [];
  const wanted = WANTED[what];
  return id !== undefined && wanted ? { id, index: Number(index), wanted } : null;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint.html */
export const metadataVariables = (metadataId: string, index: number): Readonly<Record<string, string>> => ({
  ECS_CONTAINER_METADATA_URI: `http://169.254.170.2/v3/${metadataId}-${index}`,
  ECS_CONTAINER_METADATA_URI_V4: `http://169.254.170.2/v4/${metadataId}-${index}`,
});
