/** The processes that listen, in one: api and agent-gateway over one set of connections. */
import { configSchema as gatewayConfig } from "@roadstead/agent-gateway/config";
import { start as startGateway } from "@roadstead/agent-gateway/start";
import { configSchema as apiConfig } from "@roadstead/api/config";
import { start as startApi } from "@roadstead/api/start";
import { backingSchema, openBacking } from "@roadstead/backing/open-backing";
import { packed, runPack } from "@roadstead/service-kit/run-service";

await runPack({
  name: "edge",
  shared: { configSchema: backingSchema, open: openBacking },
  services: [
    packed({ name: "api", configSchema: apiConfig, start: startApi }),
    packed({ name: "agent-gateway", configSchema: gatewayConfig, start: startGateway }),
  ],
});
