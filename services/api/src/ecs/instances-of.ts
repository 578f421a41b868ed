/** Loads the instances that tasks are on, once each; rendering a task shows their attributes. */
import type { ReadTx } from "@roadstead/db/connect";
import { type ContainerInstanceRow, containerInstancesById } from "@roadstead/db/container-instances";

export async function instancesOf(
  tx: Pick<ReadTx, "query">,
  tasks: readonly { readonly instanceId: string | null }[],
): Promise<ReadonlyMap<string, ContainerInstanceRow>> {
  const ids = [...new Set(tasks.flatMap(({ instanceId }) => instanceId ?? []))];
  if (ids.length === 0) return new Map();
  const rows = await containerInstancesById(tx, ids);
  return new Map(rows.map((row) => [row.id, row]));
}
