/**
 * A migrated PostgreSQL database for every test; call `usePostgres` at the top of a `*.service.test.ts`.
 *
 *     const postgres = usePostgres({ migrate });            // migrate: (url) => Promise<void>
 *     test("…", async () => { const db = openDb({ url: postgres.url() }); … await db.close(); });
 *
 * `migrate` runs once per file on a template, which is cloned before each test and dropped after it. A test that
 * leaves a connection open fails.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type PostgresServer, queryPostgres, startPostgres } from "./postgres-server.ts";

/** Servers notice closed sockets a moment after the client does, and later where others keep the machine busy. */
const DISCONNECT_WAIT_MS = 15_000;
const DISCONNECT_POLL_MS = 20;

export interface TestPostgresOptions {
  /** Brings the empty database at `url` to the wanted schema. */
  readonly migrate: (url: string) => Promise<void>;
  /** How long connections may stay open after a test before they count as forgotten. */
  readonly disconnectWaitMs?: number;
}

interface TestDatabase {
  readonly url: string;
  /** Drops the database; throws when someone is still connected, after having dropped it all the same. */
  drop(): Promise<void>;
}

export interface TestDatabases {
  clone(): Promise<TestDatabase>;
  close(): Promise<void>;
}

export interface PostgresFixture {
  /** Address of the running test's own database. */
  url(): string;
}

export function usePostgres(options: TestPostgresOptions): PostgresFixture {
  let databases: TestDatabases | undefined;
  let current: TestDatabase | undefined;
  beforeAll(async () => {
    databases = await createTestDatabase(options);
  });
  beforeEach(async () => {
    current = await databases?.clone();
  });
  afterEach(async () => {
    const database = current;
    current = undefined;
    await database?.drop();
  });
  afterAll(() => databases?.close());
  return {
    url() {
      if (current === undefined) throw new Error("postgres.url() is for running tests and their hooks");
      return current.url;
    },
  };
}

/** The same without hooks, for benchmarks and end-to-end runs: starts a server if need be and migrates a template. */
export async function createTestDatabase(options: TestPostgresOptions): Promise<TestDatabases> {
  const { migrate, disconnectWaitMs = DISCONNECT_WAIT_MS } = options;
  const server = await startPostgres();
  try {
    const template = await createDatabase({ server, disconnectWaitMs }, "template");
    await migrate(template.url);
    return {
      clone: () => createDatabase({ server, disconnectWaitMs }, "test", template.name),
      async close() {
        try {
          await template.drop();
        } finally {
          await server.stop();
        }
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function createDatabase(
  { server, disconnectWaitMs }: { readonly server: PostgresServer; readonly disconnectWaitMs: number },
  purpose: string,
  template?: string,
): Promise<TestDatabase & { readonly name: string }> {
  const name = `roadstead_${purpose}_${randomBytes(6).toString("hex")}`;
  await queryPostgres(
    server.url,
    `CREATE DATABASE ${name}${template === undefined ? "" : ` TEMPLATE ${template}`}`,
  );
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    async drop() {
      const leaked = await connectionsLeft(server, name, disconnectWaitMs);
      await queryPostgres(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      if (leaked.length > 0) throw new Error(`connections left open by the test: ${leaked.join("; ")}`);
    },
  };
}

async function connectionsLeft(
  server: PostgresServer,
  database: string,
  waitMs: number,
): Promise<readonly string[]> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const rows = await queryPostgres<{ what: string }>(
      server.url,
      "SELECT application_name || ': ' || left(query, 80) AS what FROM pg_stat_activity WHERE datname = $1",
      [database],
    );
    if (rows.length === 0 || Date.now() > deadline) return rows.map((row) => row.what);
    await delay(DISCONNECT_POLL_MS);
  }
}
