/** Reads of what events speak of, whichever clusters it is in; the event bus calls these to render them. */
import type { ReadTx } from "./connect.ts";
import { type ContainerInstanceRow, findContainerInstances } from "./container-instances.ts";
import { findArchivedTasks, findTasks, type TaskRow } from "./tasks.ts";

type Reader = Pick<ReadTx, "query">;

/** Those too that were put away while nobody looked at what became of them. */
export async function tasksById(tx: Reader, ids: readonly string[]): Promise<readonly TaskRow[]> {
  const located = await clustersOf(tx, "tasks", ids);
  const here = await byCluster(located, (clusterId, own) => findTasks(tx, clusterId, own));
  const found = new Set(located.map(({ id }) => id));
  const missing = ids.filter((id) => !found.has(id));
  return missing.length === 0 ? here : [...here, ...(await findArchivedTasks(tx, missing))];
}

export const instancesById = async (
  tx: Reader,
  ids: readonly string[],
): Promise<readonly ContainerInstanceRow[]> =>
  byCluster(await clustersOf(tx, "container_instances", ids), (clusterId, own) =>
    findContainerInstances(tx, clusterId, own),
  );

interface Located {
  readonly id: string;
  readonly clusterId: string;
}

const clustersOf = async (
  tx: Reader,
  table: "tasks" | "container_instances",
  ids: readonly string[],
): Promise<readonly Located[]> =>
  ids.length === 0
    ? []
    : tx.query<Located>(`SELECT id, cluster_id AS "clusterId" FROM ${table} WHERE id = ANY($1)`, [
        [...new Set(ids)],
      ]);

async function byCluster<Row>(
  located: readonly Located[],
  find: (clusterId: string, ids: readonly string[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [clusterId, own] of Map.groupBy(located, (one) => one.clusterId)) {
    rows.push(
      ...(await find(
        clusterId,
        own.map(({ id }) => id),
      )),
    );
  }
  return rows;
}

export async function clusterNames(tx: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; name: string }>(
    "SELECT id, name FROM clusters WHERE id = ANY($1)",
    [[...new Set(ids)]],
    "event-clusters",
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
