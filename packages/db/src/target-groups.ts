/** Target groups' rows, and which listeners and rules send requests to them. */
import type { Tag } from "@roadstead/model/container-instance";
import type { HealthCheck } from "@roadstead/model/target-group";
import type { ReadTx, WriteTx } from "./connect.ts";
import { type LoadBalancerRow, newBalancerId, ringBalancers } from "./load-balancers.ts";

export interface TargetGroupRow {
  readonly id: string;
  readonly scopeId: number;
  readonly name: string;
  readonly protocol: "HTTP" | "HTTPS";
  readonly protocolVersion: "HTTP1" | "HTTP2" | "GRPC";
  readonly port: number;
  readonly targetType: "instance" | "ip";
  readonly vpcId: string;
  readonly healthCheck: HealthCheck;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
  /** The load balancer whose listeners use it; a group has one at most. */
  readonly usedBy: Pick<LoadBalancerRow, "id" | "name"> | null;
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `g.id, g.scope_id AS "scopeId", g.name, g.protocol, g.protocol_version AS "protocolVersion", g.port,
  g.target_type AS "targetType", g.vpc_id AS "vpcId", g.health_check AS "healthCheck", g.attributes, g.tags,
  g.created_at AS "createdAt",
  (SELECT jsonb_build_object('id', b.id, 'name', b.name) FROM target_group_uses u
     JOIN listeners l ON l.id = u.listener_id JOIN load_balancers b ON b.id = l.load_balancer_id
     WHERE u.target_group_id = g.id LIMIT 1) AS "usedBy"`;

export type NewTargetGroup = Omit<TargetGroupRow, "id" | "attributes" | "createdAt" | "usedBy">;

/** Null when the scope has a group of that name already. */
export async function insertTargetGroup(tx: WriteTx, group: NewTargetGroup): Promise<TargetGroupRow | null> {
  const [row] = await tx.query<TargetGroupRow>(
    `INSERT INTO target_groups AS g (id, scope_id, name, protocol, protocol_version, port, target_type, vpc_id,
       health_check, attributes, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', $10) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      newBalancerId(),
      group.scopeId,
      group.name,
      group.protocol,
      group.protocolVersion,
      group.port,
      group.targetType,
      group.vpcId,
      JSON.stringify(group.healthCheck),
      JSON.stringify(group.tags),
    ],
  );
  return row ?? null;
}

export async function findTargetGroup(
  tx: Reader,
  scopeId: number,
  id: string,
): Promise<TargetGroupRow | null> {
  const [row] = await tx.query<TargetGroupRow>(
    `SELECT ${COLUMNS} FROM target_groups g WHERE g.scope_id = $1 AND g.id = $2`,
    [scopeId, id],
    "target-group-find",
  );
  return row ?? null;
}

/** The groups of these ids, in id order and held until the transaction ends, as they then are. */
export async function lockTargetGroups(
  tx: WriteTx,
  scopeId: number,
  ids: readonly string[],
): Promise<readonly TargetGroupRow[]> {
  await tx.query(
    "SELECT 1 FROM target_groups WHERE scope_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE",
    [scopeId, ids],
  );
  // A statement of its own, since the one that waited for the lock may have an older view of who uses them.
  return tx.query<TargetGroupRow>(
    `SELECT ${COLUMNS} FROM target_groups g WHERE g.scope_id = $1 AND g.id = ANY($2) ORDER BY g.id`,
    [scopeId, ids],
  );
}

/** Groups after `afterName` in name order, at most `limit`; all of the scope, or those that are named. */
export const listTargetGroups = (
  tx: Reader,
  filter: {
    readonly scopeId: number;
    readonly ids?: readonly string[] | undefined;
    readonly names?: readonly string[] | undefined;
    readonly loadBalancerId?: string | undefined;
  },
  page: { readonly afterName: string; readonly limit: number },
) =>
  tx.query<TargetGroupRow>(
    `SELECT ${COLUMNS} FROM target_groups g
     WHERE g.scope_id = $1 AND g.name COLLATE "C" > $2 AND ($3::text[] IS NULL OR g.id = ANY($3))
       AND ($4::text[] IS NULL OR g.name = ANY($4))
       AND ($5::text IS NULL OR EXISTS (
         SELECT FROM target_group_uses u JOIN listeners l ON l.id = u.listener_id
         WHERE u.target_group_id = g.id AND l.load_balancer_id = $5))
     ORDER BY g.name COLLATE "C" LIMIT $6`,
    [
      filter.scopeId,
      page.afterName,
      filter.ids ?? null,
      filter.names ?? null,
      filter.loadBalancerId ?? null,
      page.limit,
    ],
  );

export async function countTargetGroups(tx: Reader, scopeId: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM target_groups WHERE scope_id = $1",
    [scopeId],
  );
  return row?.count ?? 0;
}

/** Everything of a group that may change while it is there. */
export async function updateTargetGroup(
  tx: WriteTx,
  row: Pick<TargetGroupRow, "id" | "healthCheck" | "attributes" | "tags">,
): Promise<void> {
  await tx.query("UPDATE target_groups SET health_check = $2, attributes = $3, tags = $4 WHERE id = $1", [
    row.id,
    JSON.stringify(row.healthCheck),
    JSON.stringify(row.attributes),
    JSON.stringify(row.tags),
  ]);
  ringBalancers(tx);
}

/** With its targets. The caller holds it and saw that nobody uses it. */
export async function deleteTargetGroup(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM target_groups WHERE id = $1", [id]);
}

/** What the actions of one rule send requests to, instead of what they did. */
export async function setTargetGroupUses(
  tx: WriteTx,
  rule: { readonly listenerId: string; readonly ruleId: string },
  targetGroupIds: readonly string[],
): Promise<void> {
  await tx.query("DELETE FROM target_group_uses WHERE rule_id = $1", [rule.ruleId]);
  await tx.query(
    `INSERT INTO target_group_uses (target_group_id, listener_id, rule_id)
     SELECT unnest($1::text[]), $2, $3`,
    [targetGroupIds, rule.listenerId, rule.ruleId],
  );
}
