/** Wires the agent gateway: its port to sessions, `deliver` bells to the session that holds the socket. */
import type { Backing } from "@roadstead/backing/open-backing";
import { createAccessKeyCache } from "@roadstead/db/access-key-cache";
import { FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { createSecretBox } from "@roadstead/db/secrets";
import { createTaskCredentialsMint } from "@roadstead/db/task-credentials";
import { gateway } from "@roadstead/messages/gateway";
import { newId } from "@roadstead/service-kit/ids";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import { openTls } from "@roadstead/tls/open-tls";
import { createAckBatches } from "./ack-batches.ts";
import { openAcsSessions } from "./acs-sessions.ts";
import { admit } from "./admit.ts";
import type { GatewayConfig } from "./config.ts";
import type { ImageNames } from "./decide/agent-image.ts";
import { openGatewayServer } from "./gateway-server.ts";
import { createDefinitionCache } from "./load-delivery.ts";
import { createGatewayMetrics } from "./metrics.ts";
import { openTcsSessions } from "./tcs-sessions.ts";

const DELIVER_CONCURRENCY = 16;

export type GatewayDeps = Kit<GatewayConfig> & Backing;

export interface RunningGateway extends Running {
  readonly port: number;
}

export async function start(deps: GatewayDeps): Promise<RunningGateway> {
  const { db, queue, config, log, masterKeys } = deps;
  const gatewayId = newId();
  const secrets = createSecretBox(masterKeys, "access-keys");
  const metrics = createGatewayMetrics(deps.metrics);
  const acs = openAcsSessions({
    db,
    log,
    metrics,
    gatewayId,
    acks: createAckBatches({ db, log }),
    definitions: createDefinitionCache(),
    heartbeatMs: config.ROADSTEAD_GATEWAY_HEARTBEAT_MS,
    silenceMs: config.ROADSTEAD_GATEWAY_SILENCE_MS,
    deadAfterMs: config.ROADSTEAD_GATEWAY_DEAD_AFTER_MS,
    resendMs: config.ROADSTEAD_GATEWAY_RESEND_MS,
    imageNames: imageNamesOf(config),
    roles: {
      mint: createTaskCredentialsMint(secrets, masterKeys),
      lifeMs: config.ROADSTEAD_TASK_CREDENTIALS_LIFE_MS,
    },
  });
  const tcs = openTcsSessions({ db, log, metrics });
  const admission = {
    db,
    auth: config.ROADSTEAD_AUTH,
    keys: createAccessKeyCache(db, secrets),
  };
  if (config.ROADSTEAD_AUTH === "insecure") {
    log.warn(
      { op: "gateway.insecure" },
      "ROADSTEAD_AUTH=insecure: anyone may act for any container instance",
    );
  }
  const identity = await openTls(deps);
  const server = await openGatewayServer({
    host: config.ROADSTEAD_LISTEN_HOST,
    port: config.ROADSTEAD_GATEWAY_PORT,
    secure: identity && { identity, port: config.ROADSTEAD_TLS_GATEWAY_PORT },
    connectionsMax: config.ROADSTEAD_GATEWAY_CONNECTIONS,
    admit: (kind, request) => admit(admission, kind, request),
    onSocket: (socket, admitted) => (admitted.kind === "acs" ? acs : tcs).accept(socket, admitted),
    onRefusal({ reason, status }, error) {
      metrics.refusals.inc({ reason });
      log[status >= 500 ? "warn" : "info"](
        { op: "gateway.refuse", reason, status, err: error },
        "upgrade refused",
      );
    },
  });
  const consumer = queue.consume(
    gateway,
    { deliver: ({ instanceId }) => acs.deliver(instanceId) },
    { concurrency: DELIVER_CONCURRENCY, suffix: gatewayId },
  );
  log.info(
    { op: "gateway.listening", port: server.port, securePort: server.securePort, gatewayId },
    "agents may connect",
  );
  return {
    port: server.port,
    async stop() {
      server.stopAccepting();
      await consumer.stop();
      // Tasks are left alone: agents come back to another gateway, or to this one's successor.
      await Promise.all([acs.close(), tcs.close()]);
      await server.close();
      await identity?.stop();
    },
  };
}

const imageNamesOf = (config: GatewayConfig): ImageNames => ({
  registryHost: config.ROADSTEAD_REGISTRY_HOST,
  domain: config.ROADSTEAD_DOMAIN,
  default: { accountId: FIRST_ACCOUNT_ID, region: config.ROADSTEAD_REGIONS[0] ?? "us-east-1" },
  apiUrl: config.ROADSTEAD_API_URL,
});
