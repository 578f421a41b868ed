/** ecs:DiscoverPollEndpoint. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DiscoverPollEndpoint.html */
import { DiscoverPollEndpoint$, type DiscoverPollEndpointCommand } from "@aws-sdk/client-ecs";
import { operation } from "../operation.ts";

export const discoverPollEndpoint = operation<DiscoverPollEndpointCommand>(DiscoverPollEndpoint$, {
  keepUnknown: true,
  authorize: () => ({ action: "ecs:DiscoverPollEndpoint", resource: "*" }),
  handle: async ({ ctx }) => ({
    endpoint: `${ctx.settings.gatewayUrl}/acs`,
    telemetryEndpoint: `${ctx.settings.gatewayUrl}/tcs`,
  }),
});
