/** Wires the api: keys, pipeline, port. */
import { createRouter } from "@roadstead/aws-protocol/router";
import type { Backing } from "@roadstead/backing/open-backing";
import { createAccessKeyCache } from "@roadstead/db/access-key-cache";
import { FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { CERTIFICATES_PURPOSE } from "@roadstead/db/certificates";
import { compactLogs } from "@roadstead/db/log-compaction";
import { sweepLogs } from "@roadstead/db/log-retention";
import { REGISTRY_TOKENS_PURPOSE } from "@roadstead/db/registry-tokens";
import { createSecretBox, type SecretBox } from "@roadstead/db/secrets";
import { startLoop } from "@roadstead/service-kit/loops";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import { loadAuthority, openTls } from "@roadstead/tls/open-tls";
import { type App, createApp } from "./app.ts";
import { createAuthenticator } from "./authenticate.ts";
import type { ApiConfig } from "./config.ts";
import { gatewayUrlFor } from "./join/hosts.ts";
import { openJoinFiles } from "./join/join-files.ts";
import { joinRoutes } from "./join/join-routes.ts";
import { listen } from "./listen.ts";
import { groupReports } from "./reports.ts";
import { services } from "./services.ts";

export async function start(kit: Kit<ApiConfig> & Backing): Promise<Running> {
  const { config, db, queue, masterKeys, log, metrics } = kit;
  const secrets = createSecretBox(masterKeys, "access-keys");
  const keys = createAccessKeyCache(db, secrets);
  const reports = groupReports(db);
  if (config.ROADSTEAD_AUTH === "insecure") {
    log.warn({ op: "api.insecure" }, "ROADSTEAD_AUTH=insecure: every request is accepted, whoever signed it");
  }
  const app = createApp({
    dispatch: createRouter(services),
    authenticator: createAuthenticator({
      db,
      keys,
      regions: config.ROADSTEAD_REGIONS,
      mode: config.ROADSTEAD_AUTH,
    }),
    base: {
      db,
      secrets,
      pageTokens: createSecretBox(masterKeys, "page-tokens"),
      secretValues: createSecretBox(masterKeys, "secret-values"),
      registryTokens: createSecretBox(masterKeys, REGISTRY_TOKENS_PURPOSE),
      certificateKeys: createSecretBox(masterKeys, CERTIFICATES_PURPOSE),
      authority: () => loadAuthority({ db, masterKeys }),
      settings: {
        regions: config.ROADSTEAD_REGIONS,
        gatewayUrl: config.ROADSTEAD_GATEWAY_URL,
        launchDeadlineMs: config.ROADSTEAD_LAUNCH_DEADLINE_MS,
        metricPeriodMs: config.ROADSTEAD_METRIC_PERIOD_MS,
        domain: config.ROADSTEAD_DOMAIN,
        registry: {
          host: config.ROADSTEAD_REGISTRY_HOST,
          home: { accountId: FIRST_ACCOUNT_ID, region: config.ROADSTEAD_REGIONS[0] ?? "us-east-1" },
        },
      },
      waitForNudge: async (channel, timeoutMs) => void (await queue.waitNudge(channel, timeoutMs)),
      reports,
      forgetAccessKey: (accessKeyId) => keys.forget(accessKeyId),
      forgetAllKeys: () => keys.forgetAll(),
    },
    log,
    metrics,
    now: () => new Date(),
  });
  const server = await listen(app, { host: config.ROADSTEAD_LISTEN_HOST, port: config.ROADSTEAD_API_PORT });
  log.info({ op: "api.listening", port: server.port }, "api listening");
  const secure = await listenSecurely(kit, app, secrets);
  const loops = keepLogs(kit);
  return {
    async stop() {
      await Promise.all([server.close(), secure?.close(), ...loops.map((loop) => loop.stop())]);
      await reports.close();
    },
  };
}

const COMPACT_LOGS_EVERY_MS = 15_000;
const SWEEP_LOGS_EVERY_MS = 10 * 60_000;

/** Replicas share the work on stored log events. */
const keepLogs = ({ db, log }: Pick<Kit<ApiConfig> & Backing, "db" | "log">) => [
  startLoop({
    name: "logs.compact",
    everyMs: COMPACT_LOGS_EVERY_MS,
    log,
    run: async () => void (await compactLogs(db, Date.now())),
  }),
  startLoop({
    name: "logs.sweep",
    everyMs: SWEEP_LOGS_EVERY_MS,
    log,
    run: async () => void (await sweepLogs(db, Date.now())),
  }),
];

/** The port of other machines, if there is to be one. */
async function listenSecurely(
  kit: Kit<ApiConfig> & Backing,
  app: App,
  secrets: SecretBox,
): Promise<{ close(): Promise<void> } | null> {
  const { config, db, log } = kit;
  const identity = await openTls(kit);
  if (!identity) return null;
  const files = openJoinFiles(config.ROADSTEAD_JOIN_FILES_DIR ?? import.meta.dirname);
  const registry = { port: config.ROADSTEAD_TLS_REGISTRY_PORT, name: config.ROADSTEAD_REGISTRY_HOST };
  const server = await listen(
    app,
    { host: identity.listenHost, port: config.ROADSTEAD_TLS_API_PORT },
    {
      identity,
      join: joinRoutes({ db, secrets, identity, files, registry, log }),
      settingsFor(host) {
        const gatewayUrl = gatewayUrlFor(host, {
          isName: identity.isName,
          port: config.ROADSTEAD_TLS_GATEWAY_PORT,
        });
        return gatewayUrl === null ? {} : { gatewayUrl };
      },
    },
  );
  log.info({ op: "api.listening", port: server.port, tls: true }, "api listening for other machines");
  return {
    async close() {
      await server.close();
      await identity.stop();
    },
  };
}
