/** Tags of ECS resources after their making: TagResource, UntagResource and ListTagsForResource call this. */
import type { Tag } from "@roadstead/model/container-instance";
import type { ReadTx, WriteTx } from "./connect.ts";

/** A task's row never changes, so its tags can be read only. */
const TABLES = {
  cluster: "clusters",
  service: "services",
  "container-instance": "container_instances",
  "task-definition": "task_definitions",
  task: "tasks",
} as const;

export type TaggedKind = keyof typeof TABLES;
export type RetaggedKind = Exclude<TaggedKind, "task">;

export async function readTags(
  tx: Pick<ReadTx, "query">,
  kind: TaggedKind,
  id: string,
): Promise<readonly Tag[]> {
  const [row] = await tx.query<{ tags: Tag[] }>(`SELECT tags FROM ${TABLES[kind]} WHERE id = $1`, [id]);
  return row?.tags ?? [];
}

/** Applies `change` to the tags as they are while nobody else changes them; what it throws leaves them alone. */
export async function changeTags(
  tx: WriteTx,
  kind: RetaggedKind,
  id: string,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  const [row] = await tx.query<{ tags: Tag[] }>(
    `SELECT tags FROM ${TABLES[kind]} WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!row) return;
  await tx.query(`UPDATE ${TABLES[kind]} SET tags = $2 WHERE id = $1`, [
    id,
    JSON.stringify(change(row.tags)),
  ]);
}
