/** Listeners' rows: the ports of a load balancer and what they do when no rule says otherwise. */
import { type BalancerAction, forwardedGroups } from "@roadstead/model/balancer-rule";
import type { Tag } from "@roadstead/model/container-instance";
import type { ReadTx, WriteTx } from "./connect.ts";
import { newBalancerId, ringBalancers } from "./load-balancers.ts";
import { setTargetGroupUses } from "./target-groups.ts";

export interface ListenerRow {
  readonly id: string;
  readonly loadBalancerId: string;
  readonly loadBalancerName: string;
  readonly protocol: "HTTP" | "HTTPS";
  readonly port: number;
  readonly defaultActions: readonly BalancerAction[];
  readonly defaultRuleId: string;
  readonly certificates: readonly string[];
  readonly sslPolicy: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
}

type Reader = Pick<ReadTx, "query">;

const SELECT = `SELECT l.id, l.load_balancer_id AS "loadBalancerId", b.name AS "loadBalancerName", l.protocol, l.port,
    l.default_actions AS "defaultActions", l.default_rule_id AS "defaultRuleId", l.certificates,
    l.ssl_policy AS "sslPolicy", l.attributes, l.tags
  FROM listeners l JOIN load_balancers b ON b.id = l.load_balancer_id`;

export type NewListener = Omit<ListenerRow, "id" | "defaultRuleId" | "attributes" | "loadBalancerName">;

/** The caller holds the load balancer and saw that the port is free. Answers the listener's id. */
export async function insertListener(tx: WriteTx, listener: NewListener): Promise<string> {
  const id = newBalancerId();
  const defaultRuleId = newBalancerId();
  await tx.query(
    `INSERT INTO listeners (id, load_balancer_id, protocol, port, default_actions, default_rule_id, certificates,
       ssl_policy, attributes, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '{}', $9)`,
    [
      id,
      listener.loadBalancerId,
      listener.protocol,
      listener.port,
      JSON.stringify(listener.defaultActions),
      defaultRuleId,
      JSON.stringify(listener.certificates),
      listener.sslPolicy,
      JSON.stringify(listener.tags),
    ],
  );
  const rule = { listenerId: id, ruleId: defaultRuleId };
  await setTargetGroupUses(tx, rule, forwardedGroups(listener.defaultActions));
  ringBalancers(tx);
  return id;
}

export async function findListener(tx: Reader, scopeId: number, id: string): Promise<ListenerRow | null> {
  const [row] = await tx.query<ListenerRow>(
    `${SELECT} WHERE b.scope_id = $1 AND l.id = $2`,
    [scopeId, id],
    "listener-find",
  );
  return row ?? null;
}

/** In id order after `afterId`, at most `limit`; of a load balancer, or those that are named or have the rule. */
export const listListeners = (
  tx: Reader,
  filter: {
    readonly scopeId: number;
    readonly loadBalancerId?: string | undefined;
    readonly ids?: readonly string[] | undefined;
    readonly defaultRuleId?: string | undefined;
  },
  page: { readonly afterId: string; readonly limit: number },
) =>
  tx.query<ListenerRow>(
    `${SELECT} WHERE b.scope_id = $1 AND l.id COLLATE "C" > $2 AND ($3::text IS NULL OR l.load_balancer_id = $3)
       AND ($4::text[] IS NULL OR l.id = ANY($4)) AND ($5::text IS NULL OR l.default_rule_id = $5)
     ORDER BY l.id COLLATE "C" LIMIT $6`,
    [
      filter.scopeId,
      page.afterId,
      filter.loadBalancerId ?? null,
      filter.ids ?? null,
      filter.defaultRuleId ?? null,
      page.limit,
    ],
  );

/** Everything of a listener that may change while it is there. The caller holds its load balancer. */
export async function updateListener(tx: WriteTx, row: ListenerRow): Promise<void> {
  await tx.query(
    `UPDATE listeners SET protocol = $2, port = $3, default_actions = $4, certificates = $5, ssl_policy = $6,
       attributes = $7, tags = $8 WHERE id = $1`,
    [
      row.id,
      row.protocol,
      row.port,
      JSON.stringify(row.defaultActions),
      JSON.stringify(row.certificates),
      row.sslPolicy,
      JSON.stringify(row.attributes),
      JSON.stringify(row.tags),
    ],
  );
  const rule = { listenerId: row.id, ruleId: row.defaultRuleId };
  await setTargetGroupUses(tx, rule, forwardedGroups(row.defaultActions));
  ringBalancers(tx);
}

/** With its rules. */
export async function deleteListener(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM listeners WHERE id = $1", [id]);
  ringBalancers(tx);
}
