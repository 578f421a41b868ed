/** Bell rows: which object a loop must look at, and when. The queue rings them; loops take them in their commit. */
import type { BellKind } from "@roadstead/messages/bell-kind";
import type { Db, ReadTx, WriteTx } from "./connect.ts";

/** After so many failures a bell is put aside for a person to look at. */
export const BELL_ATTEMPTS_MAX = 10;
const BACKOFF_FIRST_SECONDS = 0.5;
const BACKOFF_MAX_SECONDS = 60;
/** A claimed bell is claimed again after this long unless its handler has taken it. */
const CLAIM_LEASE_SECONDS = 5;
/** A fresh bell is left to the ring that follows its commit; nothing rings for timers and back-offs. */
const RING_GRACE_SECONDS = 0.5;
/** A bell in back-off is due to any run of its key; a timer only when its time has come. */
const DUE = "(not_before <= now() OR attempts > 0)";

/** The highest due bell of a key as this snapshot sees it; 0 when there is none. */
export async function newestBell(tx: ReadTx, kind: BellKind, key: string): Promise<number> {
  const rows = await tx.query<{ id: string | null }>(
    `SELECT max(id) AS id FROM bells WHERE kind = $1 AND key = $2 AND ${DUE}`,
    [kind, key],
    "bells-newest",
  );
  return Number(rows[0]?.id ?? 0);
}

/**
 * Deletes the due bells of a key up to the newest one the decision's snapshot saw; what rang later stays,
 * and so does a timer that is not due.
 */
export async function takeBells(tx: WriteTx, kind: BellKind, key: string, newest: number): Promise<void> {
  if (newest === 0) return;
  await tx.query(
    `DELETE FROM bells WHERE kind = $1 AND key = $2 AND id <= $3 AND ${DUE}`,
    [kind, key, newest],
    "bells-take",
  );
}

export interface DueBell {
  readonly kind: BellKind;
  readonly key: string;
}

/**
 * Keys whose bell is due and was not handled, at most `limit`. A claim holds for a while, so replicas share
 * the work. `keys` narrows `deliver` to the sockets of one gateway.
 */
export async function claimOverdueBells(
  db: Pick<Db, "query">,
  kinds: readonly BellKind[],
  options: { readonly limit: number; readonly gatewayId?: string },
): Promise<readonly DueBell[]> {
  return db.query<DueBell>(
    `WITH due AS (
       SELECT id FROM bells
       WHERE kind = ANY($1) AND not_before <= now()
         AND (attempts > 0 OR not_before > created_at OR not_before <= now() - make_interval(secs => $3))
         AND (claimed_until IS NULL OR claimed_until <= now())
         AND ($4::text IS NULL OR key IN (SELECT instance_id FROM agent_sessions WHERE gateway_id = $4))
       ORDER BY not_before LIMIT $2 FOR UPDATE SKIP LOCKED
     ), claimed AS (
       UPDATE bells SET claimed_until = now() + make_interval(secs => $5)
       WHERE id IN (SELECT id FROM due) RETURNING kind, key
     )
     SELECT DISTINCT kind, key FROM claimed`,
    [[...kinds], options.limit, RING_GRACE_SECONDS, options.gatewayId ?? null, CLAIM_LEASE_SECONDS],
    "bells-claim",
  );
}

/**
 * Puts a key's due bells back with growing delay after a failed run; the tenth failure makes them dead letters. A
 * timer that is not due was no part of the run and stays as it is.
 */
export async function failBell(
  db: Pick<Db, "write">,
  kind: BellKind,
  key: string,
  error: string,
): Promise<"retried" | "dead"> {
  return db.write(async (tx) => {
    const dead = await tx.query(
      `WITH gone AS (
         DELETE FROM bells WHERE kind = $1 AND key = $2 AND attempts + 1 >= $4 AND ${DUE}
         RETURNING id, kind, key, attempts, created_at
       )
       INSERT INTO dead_letters (id, kind, key, attempts, last_error, created_at)
       SELECT id, kind, key, attempts + 1, $3, created_at FROM gone RETURNING id`,
      [kind, key, error.slice(0, 2_000), BELL_ATTEMPTS_MAX],
    );
    await tx.query(
      `UPDATE bells SET attempts = attempts + 1, last_error = $3, claimed_until = NULL,
         not_before = now() + make_interval(secs => least($4 * power(2, attempts), $5))
       WHERE kind = $1 AND key = $2 AND ${DUE}`,
      [kind, key, error.slice(0, 2_000), BACKOFF_FIRST_SECONDS, BACKOFF_MAX_SECONDS],
    );
    return dead.length > 0 ? "dead" : "retried";
  });
}

/** Age of the oldest overdue bell by kind: the lag of each loop. */
export const overdueBellLag = (db: Pick<Db, "query">) =>
  db.query<{ kind: BellKind; oldestMs: number; count: number }>(
    `SELECT kind, (extract(epoch FROM now() - min(not_before)) * 1000)::float8 AS "oldestMs", count(*)::int AS count
     FROM bells WHERE not_before <= now() GROUP BY kind ORDER BY kind`,
  );

export interface DeadLetter {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly diedAt: Date;
}

export const listDeadLetters = (db: Pick<Db, "query">, limit = 100) =>
  db.query<DeadLetter>(
    `SELECT id, kind, key, attempts, last_error AS "lastError", died_at AS "diedAt"
     FROM dead_letters ORDER BY died_at DESC LIMIT $1`,
    [limit],
  );
