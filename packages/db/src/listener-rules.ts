/** Rules' rows: what a listener does with requests that meet conditions. The default rule is part of the listener. */
import { type BalancerAction, type BalancerCondition, forwardedGroups } from "@roadstead/model/balancer-rule";
import type { Tag } from "@roadstead/model/container-instance";
import type { ReadTx, WriteTx } from "./connect.ts";
import { newBalancerId, ringBalancers } from "./load-balancers.ts";
import { setTargetGroupUses } from "./target-groups.ts";

export interface ListenerRuleRow {
  readonly id: string;
  readonly listenerId: string;
  readonly priority: number;
  readonly conditions: readonly BalancerCondition[];
  readonly actions: readonly BalancerAction[];
  readonly tags: readonly Tag[];
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `r.id, r.listener_id AS "listenerId", r.priority, r.conditions, r.actions, r.tags`;
const FROM = `FROM listener_rules r JOIN listeners l ON l.id = r.listener_id
  JOIN load_balancers b ON b.id = l.load_balancer_id`;

/** The caller holds the load balancer and saw that the priority is free. Answers the rule's id. */
export async function insertListenerRule(tx: WriteTx, rule: Omit<ListenerRuleRow, "id">): Promise<string> {
  const id = newBalancerId();
  await tx.query(
    `INSERT INTO listener_rules (id, listener_id, priority, conditions, actions, tags)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      id,
      rule.listenerId,
      rule.priority,
      JSON.stringify(rule.conditions),
      JSON.stringify(rule.actions),
      JSON.stringify(rule.tags),
    ],
  );
  await setTargetGroupUses(tx, { listenerId: rule.listenerId, ruleId: id }, forwardedGroups(rule.actions));
  ringBalancers(tx);
  return id;
}

/** In the order in which they are tried; of a listener, or those that are named. */
export const listListenerRules = (
  tx: Reader,
  filter: {
    readonly scopeId: number;
    readonly listenerId?: string | undefined;
    readonly ids?: readonly string[] | undefined;
  },
) =>
  tx.query<ListenerRuleRow>(
    `SELECT ${COLUMNS} ${FROM} WHERE b.scope_id = $1 AND ($2::text IS NULL OR r.listener_id = $2)
       AND ($3::text[] IS NULL OR r.id = ANY($3))
     ORDER BY r.listener_id, r.priority`,
    [filter.scopeId, filter.listenerId ?? null, filter.ids ?? null],
  );

/** How many rules the listeners of a load balancer have, the default ones not counted. */
export async function countListenerRules(tx: Reader, loadBalancerId: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(`SELECT count(*)::int AS count ${FROM} WHERE b.id = $1`, [
    loadBalancerId,
  ]);
  return row?.count ?? 0;
}

/** Everything of a rule that may change while it is there but its priority. The caller holds its load balancer. */
export async function updateListenerRule(tx: WriteTx, row: ListenerRuleRow): Promise<void> {
  await tx.query("UPDATE listener_rules SET conditions = $2, actions = $3, tags = $4 WHERE id = $1", [
    row.id,
    JSON.stringify(row.conditions),
    JSON.stringify(row.actions),
    JSON.stringify(row.tags),
  ]);
  await setTargetGroupUses(tx, { listenerId: row.listenerId, ruleId: row.id }, forwardedGroups(row.actions));
  ringBalancers(tx);
}

/** Rules may exchange priorities. The caller holds the load balancer and saw that each is free afterwards. */
export async function setRulePriorities(
  tx: WriteTx,
  priorities: readonly { readonly id: string; readonly priority: number }[],
): Promise<void> {
  // By way of values that no rule has: priorities are unique at each step.
  for (const sign of [-1, 1]) {
    for (const { id, priority } of priorities) {
      await tx.query("UPDATE listener_rules SET priority = $2 WHERE id = $1", [id, sign * priority]);
    }
  }
  ringBalancers(tx);
}

export async function deleteListenerRule(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM target_group_uses WHERE rule_id = $1", [id]);
  await tx.query("DELETE FROM listener_rules WHERE id = $1", [id]);
  ringBalancers(tx);
}
