/** Listeners, groups and targets as tests of this package and of the load balancer need them. */
import type { BalancerAction } from "@roadstead/model/balancer-rule";
import type { Group, Listener, Target } from "./snapshot.ts";

export const forwardTo = (...ids: readonly string[]): BalancerAction => ({
  type: "forward",
  targetGroups: ids.map((targetGroupId) => ({ targetGroupId, weight: 1 })),
  stickinessSeconds: null,
});

export const aListener = (change: Partial<Listener> = {}): Listener => ({
  id: "aaaa",
  port: 8080,
  tls: null,
  ingress: null,
  addresses: ["127.64.0.1"],
  idleTimeoutSeconds: 60,
  headers: {
    dropInvalid: false,
    forwardedFor: "append",
    tellClientPort: false,
    tellTls: false,
    tellServer: true,
    ofAnswers: [],
  },
  defaultActions: [forwardTo("bbbb")],
  rules: [],
  ...change,
});

export const aGroup = (change: Partial<Group> = {}): Group => ({
  id: "bbbb",
  protocol: "HTTP",
  healthCheck: {
    protocol: "HTTP",
    port: "traffic-port",
    path: "/",
    intervalSeconds: 5,
    timeoutSeconds: 2,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    matcher: "200",
  },
  algorithm: "roundrobin",
  stickinessSeconds: null,
  slowStartSeconds: 0,
  deregistrationDelaySeconds: 300,
  sourceAddress: null,
  idleTimeoutSeconds: 60,
  targets: [],
  ...change,
});

export const aTarget = (port: number, change: Partial<Target> = {}): Target => ({
  targetId: "10.0.0.1",
  address: "10.0.0.1",
  port,
  state: "registered",
  health: "healthy",
  checkedForMs: 60_000,
  drainingForMs: 0,
  ...change,
});

export const INSTALLATION = {
  statsSocket: "/run/x/worker.sock",
  relayPrefix: "/run/x",
  badGatewayFile: "/run/x/502.http",
  certificatesFolder: "/run/x/certificates",
  stateFile: "/run/x/servers.state",
  workerId: null,
  structure: "none",
} as const;
