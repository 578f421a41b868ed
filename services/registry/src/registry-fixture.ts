/** What the registry's service tests share: registries over one database and one store, and clients of them. */
import { randomBytes } from "node:crypto";
import { createAccessKey } from "@roadstead/db/access-keys";
import { bootstrapAccount, FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { claimOverdueBells, failBell, overdueBellLag } from "@roadstead/db/bells";
import { type Db, openDb } from "@roadstead/db/connect";
import { REGISTRY_TOKENS_PURPOSE, sealRegistryToken } from "@roadstead/db/registry-tokens";
import { mintSession, type SessionCredentials } from "@roadstead/db/role-sessions";
import { insertRole, putRolePolicy } from "@roadstead/db/roles";
import { ensureScope } from "@roadstead/db/scopes";
import { createSecretBox } from "@roadstead/db/secrets";
import { createQueue, type Queue } from "@roadstead/queue/queue";
import { newId } from "@roadstead/service-kit/ids";
import { createLogger } from "@roadstead/service-kit/log";
import { createMetrics } from "@roadstead/service-kit/metrics";
import { createReadiness } from "@roadstead/service-kit/readiness";
import { createShutdown } from "@roadstead/service-kit/shutdown";
import type { PostgresFixture } from "@roadstead/testing/postgres";
import type { RedisFixture } from "@roadstead/testing/redis";
import { afterEach, beforeEach } from "vitest";
import { configSchema } from "./config.ts";
import { type Client, createClient } from "./registry-client.test-data.ts";
import { type RunningRegistry, start } from "./start.ts";

export const ACCOUNT = FIRST_ACCOUNT_ID;
const REGION = "us-east-1";

/** Where blobs are kept during the running test, as the registry's environment says it. */
export type StoreEnv = () => Readonly<Record<string, string>>;

export interface RegistryFixture {
  db(): Db;
  /** One more replica. */
  open(env?: Readonly<Record<string, string>>, overrides?: { readonly db?: Db }): Promise<RunningRegistry>;
  repository(name: string, over?: Partial<NewRepository>): Promise<{ readonly id: string }>;
  /** The first account's administrator, as a client of a replica. */
  client(registry: RunningRegistry): Client;
  /** A user who may do what one policy says. */
  userWith(statements: readonly object[]): Promise<{ readonly accessKeyId: string; readonly userId: string }>;
  /** A session of a new role that may do what the statements say. */
  roleSession(statements: readonly object[]): Promise<SessionCredentials & { readonly roleId: string }>;
  password(accessKeyId: string, expiresAtMs?: number, sessionToken?: string): string;
}

interface NewRepository {
  readonly accountId: string;
  readonly region: string;
  readonly tagMutability: string;
  readonly exclusions: readonly { readonly filterType: "WILDCARD"; readonly filter: string }[];
}

export function useRegistries(
  postgres: PostgresFixture,
  redis: RedisFixture,
  storeEnv: StoreEnv,
): RegistryFixture {
  const log = createLogger({
    service: "test",
    level: (process.env.ROADSTEAD_TEST_LOG as "info") ?? "silent",
  });
  const masterKeys = [{ id: "a", key: randomBytes(32) }];
  const secrets = createSecretBox(masterKeys, "access-keys");
  const tokens = createSecretBox(masterKeys, REGISTRY_TOKENS_PURPOSE);
  const running: RunningRegistry[] = [];
  let db: Db;
  let queue: Queue;
  let administrator: string;
  beforeEach(async () => {
    db = openDb({ url: postgres.url(), max: 8 });
    queue = createQueue({
      redisUrl: redis.url(),
      prefix: redis.prefix(),
      log,
      metrics: createMetrics("test"),
      bellStore: {
        claimOverdueBells: (kinds, options) => claimOverdueBells(db, kinds, options),
        failBell: (kind, key, error) => failBell(db, kind, key, error),
        overdueBellLag: () => overdueBellLag(db),
      },
    });
    const account = { accountId: ACCOUNT, name: "first", regions: [REGION] };
    administrator = (await bootstrapAccount(db, secrets, account)).accessKeyId;
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((registry) => registry.stop()));
    await queue.close();
    await db.close();
  });
  const password = (
    accessKeyId: string,
    expiresAtMs = Date.now() + 60_000,
    sessionToken: string | null = null,
  ) => sealRegistryToken(tokens, { accountId: ACCOUNT, accessKeyId, sessionToken, expiresAtMs });
  return {
    db: () => db,
    async open(env = {}, overrides = {}) {
      const registry = await start({
        db: overrides.db ?? db,
        queue,
        masterKeys,
        log,
        metrics: createMetrics("test"),
        readiness: createReadiness(),
        shutdown: createShutdown(log),
        config: configSchema.parse({ ROADSTEAD_REGISTRY_PORT: "0", ...storeEnv(), ...env }),
      });
      running.push(registry);
      return registry;
    },
    repository: (name, over = {}) => insertRepository(db, name, over),
    client: (registry) => createClient(registry.port, password(administrator)),
    userWith: (statements) => userWith(db, secrets, statements),
    roleSession: (statements) => roleSession(db, secrets, statements),
    password,
  };
}

async function insertRepository(db: Db, name: string, over: Partial<NewRepository>) {
  const { accountId = ACCOUNT, region = REGION, tagMutability = "MUTABLE", exclusions = [] } = over;
  const id = newId();
  await db.write(async (tx) => {
    const scope = await ensureScope(tx, { accountId, region });
    await tx.query(
      `INSERT INTO repositories (id, scope_id, name, tag_mutability, tag_mutability_exclusion_filters,
         scan_on_push, encryption, tags) VALUES ($1, $2, $3, $4, $5, false, '{"encryptionType":"AES256"}', '[]')`,
      [id, scope.id, name, tagMutability, JSON.stringify(exclusions)],
    );
  });
  return { id };
}

async function roleSession(
  db: Db,
  secrets: ReturnType<typeof createSecretBox>,
  statements: readonly object[],
) {
  const roleId = await db.write(async (tx) => {
    const role = await insertRole(tx, {
      accountId: ACCOUNT,
      name: "puller",
      path: "/",
      description: null,
      trustPolicy: "{}",
      maxSessionSeconds: 3_600,
      tags: [],
    });
    if (!role) throw new Error("the role exists");
    const document = JSON.stringify({ Version: "2012-10-17", Statement: statements });
    await putRolePolicy(tx, role.roleId, { name: "p", document });
    return role.roleId;
  });
  const session = { roleId, sessionName: "s", taskId: null, sessionPolicy: null };
  return { roleId, ...mintSession(secrets, { ...session, expiresAtMs: Date.now() + 60_000 }) };
}

async function userWith(db: Db, secrets: ReturnType<typeof createSecretBox>, statements: readonly object[]) {
  const userId = `AIDA${newId().slice(0, 16).toUpperCase()}`;
  return db.write(async (tx) => {
    await tx.query(
      "INSERT INTO users (user_id, account_id, name, path, tags) VALUES ($1, $2, $3, '/', '[]')",
      [userId, ACCOUNT, userId],
    );
    await tx.query("INSERT INTO user_policies (user_id, name, document) VALUES ($1, 'p', $2)", [
      userId,
      JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    ]);
    const key = await createAccessKey(tx, secrets, { accountId: ACCOUNT, userId, agentId: null });
    return { accessKeyId: key.accessKeyId, userId };
  });
}
