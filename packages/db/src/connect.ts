/** Opens PostgreSQL and runs transactions; every process that holds state calls `openDb` once. */
import pg from "pg";
import { type CommittedBell, flushBells, type PendingBell } from "./flush-bells.ts";
import type { SqlValue, Statements } from "./statements.ts";

const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const ATTEMPTS_MAX = 3;
/** serialization_failure, deadlock_detected: the transaction did nothing and may be tried again. */
const RETRYABLE = new Set(["40001", "40P01"]);

/** A transaction that reads: one snapshot, or the reading half of a change. */
export type ReadTx = Statements;

export interface WriteTx extends ReadTx {
  /** Wakes the loop that watches `key`; the row is written with this transaction and rung after its commit. */
  bell(kind: PendingBell["kind"], key: string, delayMs?: number): void;
}

/** Its own `query` is one statement outside any transaction. */
export interface Db extends Statements {
  /** One consistent snapshot: everything `load` reads is of the same instant. */
  read<T>(load: (tx: ReadTx) => Promise<T>): Promise<T>;
  /** A transaction, repeated when PostgreSQL says it may be. `change` must be free of other effects. */
  write<T>(change: (tx: WriteTx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DbOptions {
  readonly url: string;
  /** Connections of this process. */
  readonly max?: number;
  readonly applicationName?: string;
  /** Rings what a transaction left behind; must neither throw nor wait long. */
  readonly onCommittedBells?: (bells: readonly CommittedBell[]) => void;
  readonly onPoolError?: (error: Error) => void;
}

export function openDb(options: DbOptions): Db {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 4,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: options.applicationName ?? "roadstead",
    options: `-c statement_timeout=${STATEMENT_TIMEOUT_MS} -c lock_timeout=${LOCK_TIMEOUT_MS}`,
  });
  pool.on("error", (error) => options.onPoolError?.(error));
  // A connection that breaks inside a transaction also fails its query; unheard, the event would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));

  const inTransaction = async <T>(begin: string, body: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let failure: unknown;
    try {
      await client.query(begin);
      const result = await body(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      client.release(failure === undefined ? undefined : await rollback(client));
    }
  };

  return {
    read: (load) =>
      inTransaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", (client) => load(readTx(client))),
    async write(change) {
      for (let attempt = 1; ; attempt++) {
        try {
          let committed: readonly CommittedBell[] = [];
          const result = await inTransaction("BEGIN", async (client) => {
            const tx = writeTx(client);
            const value = await change(tx);
            committed = await flushBells(tx, tx.pending);
            return value;
          });
          if (committed.length > 0) options.onCommittedBells?.(committed);
          return result;
        } catch (error) {
          if (attempt >= ATTEMPTS_MAX || !RETRYABLE.has(sqlState(error))) throw error;
        }
      }
    },
    query: async <Row extends object>(text: string, values?: readonly SqlValue[], name?: string) =>
      (await pool.query<Row & pg.QueryResultRow>(statement(text, values, name))).rows,
    close: () => pool.end(),
  };
}

function readTx(client: pg.PoolClient): ReadTx {
  return {
    query: async <Row extends object>(text: string, values?: readonly SqlValue[], name?: string) =>
      (await client.query<Row & pg.QueryResultRow>(statement(text, values, name))).rows,
  };
}

function writeTx(client: pg.PoolClient): WriteTx & { readonly pending: Map<string, PendingBell> } {
  const pending = new Map<string, PendingBell>();
  return {
    ...readTx(client),
    pending,
    bell: (kind, key, delayMs = 0) => {
      pending.set(`${kind} ${key} ${delayMs}`, { kind, key, delayMs });
    },
  };
}

const statement = (text: string, values: readonly SqlValue[] = [], name?: string) => ({
  text,
  values: [...values],
  ...(name === undefined ? {} : { name }),
});

/** A connection that cannot even roll back is thrown away: the pool closes it when given an error. */
async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The five-character SQLSTATE of an error, looking through drizzle's wrapper; empty when it has none. */
export function sqlState(error: unknown): string {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if ("code" in e && typeof e.code === "string" && e.code.length === 5) return e.code;
  }
  return "";
}

export const isUniqueViolation = (error: unknown) => sqlState(error) === "23505";
