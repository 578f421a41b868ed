/** Writes the bells of a transaction with it; `openDb` calls this before each commit. */
import type { BellKind } from "@roadstead/messages/bell-kind";
import type { Statements } from "./statements.ts";

export interface PendingBell {
  readonly kind: BellKind;
  readonly key: string;
  readonly delayMs: number;
}

/** A bell as committed. `gatewayId` is set for `deliver`: the gateway that holds the instance's socket. */
export interface CommittedBell {
  readonly kind: BellKind;
  readonly key: string;
  readonly gatewayId: string | null;
  readonly delayMs: number;
}

/**
 * Writes a transaction's bells, called once before its commit. A `deliver` bell for an instance without a
 * socket is left out: connecting delivers.
 */
export async function flushBells(
  tx: Statements,
  pending: ReadonlyMap<string, PendingBell>,
): Promise<readonly CommittedBell[]> {
  if (pending.size === 0) return [];
  const bells = [...pending.values()];
  return tx.query<CommittedBell>(
    `WITH wanted AS (
       SELECT b.kind, b.key, b.delay_ms, s.gateway_id
       FROM unnest($1::text[], $2::text[], $3::float8[]) AS b(kind, key, delay_ms)
       LEFT JOIN agent_sessions s
         ON b.kind = 'deliver' AND s.instance_id = b.key AND s.disconnected_at IS NULL
       WHERE b.kind <> 'deliver' OR s.instance_id IS NOT NULL
     ), written AS (
       INSERT INTO bells (kind, key, not_before)
       SELECT kind, key, now() + make_interval(secs => delay_ms / 1000) FROM wanted
     )
     SELECT kind, key, gateway_id AS "gatewayId", delay_ms AS "delayMs" FROM wanted`,
    [bells.map((b) => b.kind), bells.map((b) => b.key), bells.map((b) => b.delayMs)],
    "bells-flush",
  );
}
