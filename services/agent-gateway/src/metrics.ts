/** The gateway's instruments; sessions and the delivery of assignments count into them. */
import type { Metrics } from "@roadstead/service-kit/metrics";

export type GatewayMetrics = ReturnType<typeof createGatewayMetrics>;

export const createGatewayMetrics = (metrics: Metrics) => ({
  sessions: metrics.gauge("gateway_sessions", "Open agent sockets.", ["kind"]),
  refusals: metrics.counter("gateway_refusals_total", "Upgrades answered with an error.", ["reason"]),
  payloads: metrics.counter("gateway_payloads_total", "Assignments sent to agents.", ["desired"]),
  resends: metrics.counter("gateway_resends_total", "Assignments sent again for want of an acknowledgement."),
  acks: metrics.counter("gateway_acks_total", "Assignments acknowledged by agents."),
  deliverySeconds: metrics.histogram("gateway_delivery_seconds", "Time from a bell to the last frame sent."),
  rejectedFrames: metrics.counter("gateway_rejected_frames_total", "Frames that could not be read.", [
    "kind",
  ]),
  telemetry: metrics.counter("gateway_telemetry_total", "Telemetry messages taken in.", ["message"]),
});
