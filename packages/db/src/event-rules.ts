/** Rules of the default event bus and their targets. */
import type { Tag } from "@roadstead/model/container-instance";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { EventTargetDetails } from "./schema/event-bus.ts";

export interface EventRuleRow {
  readonly id: string;
  readonly name: string;
  readonly pattern: string;
  readonly state: "ENABLED" | "DISABLED";
  readonly description: string | null;
  readonly roleArn: string | null;
  readonly tags: readonly Tag[];
}

export interface EventTargetRow {
  readonly targetId: string;
  readonly arn: string;
  readonly details: EventTargetDetails;
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `id, name, pattern, state, description, role_arn AS "roleArn", tags`;

/** A rule that is there is replaced, but for its tags and targets. */
export async function putRule(tx: WriteTx, scopeId: number, rule: Omit<EventRuleRow, "id">): Promise<void> {
  await tx.query(
    `INSERT INTO event_rules (id, scope_id, name, pattern, state, description, role_arn, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (scope_id, name) DO UPDATE SET pattern = excluded.pattern, state = excluded.state,
       description = excluded.description, role_arn = excluded.role_arn`,
    [
      newId(),
      scopeId,
      rule.name,
      rule.pattern,
      rule.state,
      rule.description,
      rule.roleArn,
      JSON.stringify(rule.tags),
    ],
  );
}

export async function findRule(tx: Reader, scopeId: number, name: string): Promise<EventRuleRow | null> {
  const [row] = await tx.query<EventRuleRow>(
    `SELECT ${COLUMNS} FROM event_rules WHERE scope_id = $1 AND name = $2`,
    [scopeId, name],
  );
  return row ?? null;
}

/** The same, held until the transaction ends, while it or its targets change. */
export async function lockRule(tx: WriteTx, scopeId: number, name: string): Promise<EventRuleRow | null> {
  const [row] = await tx.query<EventRuleRow>(
    `SELECT ${COLUMNS} FROM event_rules WHERE scope_id = $1 AND name = $2 FOR UPDATE`,
    [scopeId, name],
  );
  return row ?? null;
}

/** By name, in byte order; with a target's ARN only rules that have it. */
export const listRules = (
  tx: Reader,
  list: { readonly scopeId: number; readonly prefix: string; readonly targetArn: string | null },
) =>
  tx.query<EventRuleRow>(
    `SELECT ${COLUMNS} FROM event_rules r WHERE scope_id = $1 AND starts_with(name, $2)
       AND ($3::text IS NULL OR EXISTS (SELECT FROM event_targets t WHERE t.rule_id = r.id AND t.arn = $3))
     ORDER BY name COLLATE "C"`,
    [list.scopeId, list.prefix, list.targetArn],
  );

export async function setRuleState(tx: WriteTx, id: string, state: EventRuleRow["state"]): Promise<void> {
  await tx.query("UPDATE event_rules SET state = $2 WHERE id = $1", [id, state]);
}

export async function setRuleTags(tx: WriteTx, id: string, tags: readonly Tag[]): Promise<void> {
  await tx.query("UPDATE event_rules SET tags = $2 WHERE id = $1", [id, JSON.stringify(tags)]);
}

export async function deleteRule(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM event_rules WHERE id = $1", [id]);
}

/** By id, in byte order. */
export const listTargets = (tx: Reader, ruleId: string) =>
  tx.query<EventTargetRow>(
    `SELECT target_id AS "targetId", arn, details FROM event_targets WHERE rule_id = $1
     ORDER BY target_id COLLATE "C"`,
    [ruleId],
  );

/** Targets that are there are replaced. */
export async function putTargets(
  tx: WriteTx,
  ruleId: string,
  targets: readonly EventTargetRow[],
): Promise<void> {
  await tx.query(
    `INSERT INTO event_targets (rule_id, target_id, arn, details)
     SELECT $1, t.id, t.arn, t.details FROM unnest($2::text[], $3::text[], $4::jsonb[]) AS t(id, arn, details)
     ON CONFLICT (rule_id, target_id) DO UPDATE SET arn = excluded.arn, details = excluded.details`,
    [
      ruleId,
      targets.map(({ targetId }) => targetId),
      targets.map(({ arn }) => arn),
      targets.map(({ details }) => JSON.stringify(details)),
    ],
  );
}

/** What was still to be delivered to them goes too. Returns those that were there. */
export async function removeTargets(
  tx: WriteTx,
  ruleId: string,
  targetIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const gone = await tx.query<{ id: string }>(
    "DELETE FROM event_targets WHERE rule_id = $1 AND target_id = ANY($2) RETURNING target_id AS id",
    [ruleId, targetIds],
  );
  return new Set(gone.map(({ id }) => id));
}
