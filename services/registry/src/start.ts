/** Wires the registry: blob store, caches, pipeline, port, sweeps. */
import type { Backing } from "@roadstead/backing/open-backing";
import { openBlobStore } from "@roadstead/blob-store/open-blob-store";
import { FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { REGISTRY_TOKENS_PURPOSE } from "@roadstead/db/registry-tokens";
import { createSecretBox } from "@roadstead/db/secrets";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import { openTls } from "@roadstead/tls/open-tls";
import { createRegistryApp } from "./app.ts";
import { createAuthenticator } from "./authenticate.ts";
import { createBlobUploads } from "./blob-uploads.ts";
import { watchChanges } from "./changes.ts";
import type { RegistryConfig } from "./config.ts";
import { createDatabaseHealth } from "./lasting-cache.ts";
import { listen } from "./listen.ts";
import { createMetadata } from "./metadata.ts";
import { startPullLog } from "./pull-log.ts";
import { startSweeps } from "./sweeps.ts";
import { createSlots } from "./upload-slots.ts";

export interface RunningRegistry extends Running {
  readonly port: number;
  /** For other machines, if they were asked for. */
  readonly tlsPort: number | null;
}

export async function start(kit: Kit<RegistryConfig> & Backing): Promise<RunningRegistry> {
  const { config, db, queue, log, metrics, masterKeys } = kit;
  const store = await openBlobStore(config);
  kit.readiness.add("blob-store", () => store.ping());
  const health = createDatabaseHealth();
  const metadata = createMetadata(db, health);
  const changes = watchChanges(queue, () => metadata.doubt());
  const pulls = startPullLog({ db, log, now: Date.now });
  const first = { accountId: FIRST_ACCOUNT_ID, region: config.ROADSTEAD_REGIONS[0] ?? "us-east-1" };
  if (config.ROADSTEAD_AUTH === "insecure") {
    log.warn({ op: "registry.insecure" }, "ROADSTEAD_AUTH=insecure: anyone may push and pull everything");
  }
  const app = createRegistryApp({
    authenticate: createAuthenticator({
      db,
      tokens: createSecretBox(masterKeys, REGISTRY_TOKENS_PURPOSE),
      secrets: createSecretBox(masterKeys, "access-keys"),
      mode: config.ROADSTEAD_AUTH,
      health,
      firstAccountId: first.accountId,
      now: Date.now,
    }),
    db,
    store,
    metadata,
    pulls,
    uploads: createBlobUploads({ db, store, log }),
    slots: createSlots({
      runningMax: config.ROADSTEAD_REGISTRY_UPLOADS,
      waitingMax: config.ROADSTEAD_REGISTRY_UPLOADS_WAITING,
    }),
    changed: changes.announce,
    first,
    log,
    metrics,
    now: () => new Date(),
  });
  const idleMs = config.ROADSTEAD_REGISTRY_IDLE_MS;
  const server = await listen(app, {
    host: config.ROADSTEAD_LISTEN_HOST,
    port: config.ROADSTEAD_REGISTRY_PORT,
    idleMs,
  });
  const identity = await openTls(kit);
  const secure =
    identity &&
    (await listen(app, {
      host: identity.listenHost,
      port: config.ROADSTEAD_TLS_REGISTRY_PORT,
      idleMs,
      identity,
    }));
  const sweeps = startSweeps(
    { db, store, log },
    {
      everyMs: config.ROADSTEAD_REGISTRY_SWEEP_MS,
      uploadLifeMs: config.ROADSTEAD_REGISTRY_UPLOAD_LIFE_MS,
    },
  );
  log.info({ op: "registry.listening", port: server.port, tlsPort: secure?.port }, "registry listening");
  return {
    port: server.port,
    tlsPort: secure?.port ?? null,
    async stop() {
      await sweeps.stop();
      await Promise.all([server.close(), secure?.close(), identity?.stop()]);
      await pulls.stop();
      changes.stop();
      await store.close();
    },
  };
}
