/** Rules of the default event bus. */
import type { Tag } from "@roadstead/model/container-instance";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface EventRuleRow {
  readonly id: string;
  readonly name: string;
  readonly pattern: string;
  readonly state: "ENABLED" | "DISABLED";
  readonly description: string | null;
  readonly roleArn: string | null;
  readonly tags: readonly Tag[];
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `id, name, pattern, state, description, role_arn AS "roleArn", tags`;

/** A rule that is there is replaced, but for its tags. */
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

/** The same, held until the transaction ends, while it changes. */
export async function lockRule(tx: WriteTx, scopeId: number, name: string): Promise<EventRuleRow | null> {
  const [row] = await tx.query<EventRuleRow>(
    `SELECT ${COLUMNS} FROM event_rules WHERE scope_id = $1 AND name = $2 FOR UPDATE`,
    [scopeId, name],
  );
  return row ?? null;
}

/** Those whose names begin so, by name in byte order. */
export const listRules = (tx: Reader, scopeId: number, prefix: string) =>
  tx.query<EventRuleRow>(
    `SELECT ${COLUMNS} FROM event_rules WHERE scope_id = $1 AND starts_with(name, $2) ORDER BY name COLLATE "C"`,
    [scopeId, prefix],
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
