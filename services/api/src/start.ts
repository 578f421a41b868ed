/** Wires the api: keys, pipeline, port. */
import { createRouter } from "@roadstead/aws-protocol/router";
import type { Backing } from "@roadstead/backing/open-backing";
import { createAccessKeyCache } from "@roadstead/db/access-key-cache";
import { FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { REGISTRY_TOKENS_PURPOSE } from "@roadstead/db/registry-tokens";
import { createSecretBox } from "@roadstead/db/secrets";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import { createApp } from "./app.ts";
import { createAuthenticator } from "./authenticate.ts";
import type { ApiConfig } from "./config.ts";
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
      registryTokens: createSecretBox(masterKeys, REGISTRY_TOKENS_PURPOSE),
      settings: {
        gatewayUrl: config.ROADSTEAD_GATEWAY_URL,
        launchDeadlineMs: config.ROADSTEAD_LAUNCH_DEADLINE_MS,
        registry: {
          host: config.ROADSTEAD_REGISTRY_HOST,
          home: { accountId: FIRST_ACCOUNT_ID, region: config.ROADSTEAD_REGIONS[0] ?? "us-east-1" },
        },
      },
      waitForNudge: async (channel, timeoutMs) => void (await queue.waitNudge(channel, timeoutMs)),
      reports,
      forgetAccessKey: (accessKeyId) => keys.forget(accessKeyId),
    },
    log,
    metrics,
    now: () => new Date(),
  });
  const server = await listen(app, { host: config.ROADSTEAD_LISTEN_HOST, port: config.ROADSTEAD_API_PORT });
  log.info({ op: "api.listening", port: server.port }, "api listening");
  return {
    async stop() {
      await server.close();
      await reports.close();
    },
  };
}
