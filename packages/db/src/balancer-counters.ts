/** What workers of HAProxy had counted when they were last read, and what there is to measure; the load balancer counts with this. */
import type { ReadTx, WriteTx } from "./connect.ts";

export interface LastLook {
  readonly worker: string;
  readonly counters: Readonly<Record<string, number>>;
  readonly atMs: number;
}

/** Held until the transaction ends: what was counted since goes into the minutes with the new row, or not at all. */
export async function lockCounters(
  tx: WriteTx,
  workers: readonly string[],
): Promise<ReadonlyMap<string, LastLook>> {
  const sorted = [...workers].sort();
  // A worker that is new has counted nothing before; the row that waits for it keeps a second replica out.
  await tx.query(
    `INSERT INTO balancer_counters (worker, counters, at)
     SELECT worker, '{}', to_timestamp(0) FROM unnest($1::text[]) AS w(worker) ORDER BY worker ON CONFLICT DO NOTHING`,
    [sorted],
  );
  const rows = await tx.query<LastLook>(
    `SELECT worker, counters, (extract(epoch FROM at) * 1000)::float8 AS "atMs" FROM balancer_counters
     WHERE worker = ANY($1) ORDER BY worker FOR UPDATE`,
    [sorted],
  );
  return new Map(rows.map((row) => [row.worker, row]));
}

const KEPT_DAYS = 1;

export async function keepCounters(
  tx: WriteTx,
  worker: string,
  counters: Readonly<Record<string, number>>,
): Promise<void> {
  await tx.query("UPDATE balancer_counters SET counters = $2, at = now() WHERE worker = $1", [
    worker,
    JSON.stringify(counters),
  ]);
}

/** Workers that have been gone for long. */
export async function forgetCounters(tx: WriteTx): Promise<void> {
  await tx.query("DELETE FROM balancer_counters WHERE at < now() - make_interval(days => $1)", [KEPT_DAYS]);
}

interface LoadedMeasure {
  readonly nowMs: number;
  readonly balancers: readonly {
    readonly id: string;
    readonly scopeId: number;
    readonly suffix: string;
    readonly listenerIds: readonly string[];
  }[];
  readonly groups: readonly {
    readonly id: string;
    readonly scopeId: number;
    readonly suffix: string;
    readonly loadBalancerId: string;
    readonly healthy: number;
    readonly unhealthy: number;
  }[];
}

/** Every balancer, and every group that a listener sends requests to, with how its targets are. */
export async function loadMeasured(tx: Pick<ReadTx, "query">): Promise<LoadedMeasure> {
  const balancers = await tx.query<LoadedMeasure["balancers"][number]>(
    `SELECT b.id, b.scope_id AS "scopeId", 'app/' || b.name || '/' || b.id AS suffix,
       ARRAY(SELECT l.id FROM listeners l WHERE l.load_balancer_id = b.id) AS "listenerIds"
     FROM load_balancers b ORDER BY b.id`,
    [],
    "measured-balancers",
  );
  const groups = await tx.query<LoadedMeasure["groups"][number]>(
    `SELECT g.id, g.scope_id AS "scopeId", 'targetgroup/' || g.name || '/' || g.id AS suffix,
       used.load_balancer_id AS "loadBalancerId",
       count(*) FILTER (WHERE h.state = 'healthy')::int AS healthy,
       count(*) FILTER (WHERE h.state = 'unhealthy')::int AS unhealthy
     FROM target_groups g
     JOIN LATERAL (SELECT min(l.load_balancer_id) AS load_balancer_id FROM target_group_uses u
       JOIN listeners l ON l.id = u.listener_id WHERE u.target_group_id = g.id) used
       ON used.load_balancer_id IS NOT NULL
     LEFT JOIN target_health h ON h.target_group_id = g.id
     GROUP BY g.id, used.load_balancer_id ORDER BY g.id`,
    [],
    "measured-groups",
  );
  const [clock] = await tx.query<{ nowMs: number }>(
    `SELECT floor(extract(epoch FROM now()) * 1000)::float8 AS "nowMs"`,
  );
  return { nowMs: clock?.nowMs ?? 0, balancers, groups };
}
