/** What is known of all load balancers of an installation when their configuration is decided; the load balancer fills it in. */
import type { BalancerAction, BalancerCondition } from "@roadstead/model/balancer-rule";
import type { SslPolicy } from "@roadstead/model/ssl-policy";
import type { HealthCheck, TargetHealthState } from "@roadstead/model/target-group";

export interface Rule {
  readonly priority: number;
  readonly conditions: readonly BalancerCondition[];
  readonly actions: readonly BalancerAction[];
}

export interface ListenerTls {
  /** A file that names its certificates' files; the first is for clients that ask for none of them. */
  readonly certificateList: string;
  readonly policy: SslPolicy;
  readonly http2: boolean;
}

/** Whom the balancer's security groups let in at one of its addresses; everybody is let in at the others. */
export interface ListenerIngress {
  readonly address: string;
  /** Blocks of addresses, sorted. */
  readonly sources: readonly string[];
  /** The file that holds them; HAProxy calls the list by its name. */
  readonly file: string;
}

export interface HeaderHandling {
  /** Headers whose names AWS calls invalid do not reach targets. */
  readonly dropInvalid: boolean;
  /** What becomes of X-Forwarded-For. */
  readonly forwardedFor: "append" | "preserve" | "remove";
  readonly tellClientPort: boolean;
  readonly tellTls: boolean;
  /** Whether answers say what server made them. */
  readonly tellServer: boolean;
  /** Put on every answer, in place of what a target says. */
  readonly ofAnswers: readonly { readonly name: string; readonly value: string }[];
}

export interface Listener {
  readonly id: string;
  readonly port: number;
  /** Null when it speaks plain HTTP. */
  readonly tls: ListenerTls | null;
  /** Null when nobody is kept out. */
  readonly ingress: ListenerIngress | null;
  /** Those that can be bound: the pool's, the loopback twin. */
  readonly addresses: readonly string[];
  readonly idleTimeoutSeconds: number;
  readonly headers: HeaderHandling;
  readonly defaultActions: readonly BalancerAction[];
  readonly rules: readonly Rule[];
}

export interface Target {
  readonly targetId: string;
  readonly address: string;
  readonly port: number;
  readonly state: "registered" | "draining";
  /** As last reported; null before the first report. */
  readonly health: TargetHealthState | null;
  /** Since it is waited for a first good check of it; 0 before. */
  readonly checkedForMs: number;
  /** Since it was first seen to; 0 until then. */
  readonly drainingForMs: number;
}

export interface Group {
  readonly id: string;
  readonly protocol: "HTTP" | "HTTPS";
  readonly healthCheck: HealthCheck;
  readonly algorithm: "roundrobin" | "leastconn" | "random";
  /** How long a client stays with a target; null when it does not. */
  readonly stickinessSeconds: number | null;
  readonly slowStartSeconds: number;
  readonly deregistrationDelaySeconds: number;
  /** Whom targets see: the address of the balancer that uses the group. Null where that is not this machine's. */
  readonly sourceAddress: string | null;
  /** That of the balancer that uses the group. */
  readonly idleTimeoutSeconds: number;
  readonly targets: readonly Target[];
}

export interface BalancerSnapshot {
  readonly listeners: readonly Listener[];
  /** Those that a listener sends requests to. */
  readonly groups: readonly Group[];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A place for a target that HAProxy has from its start, so that targets come and go without a new configuration. */
export interface Slot {
  /** Null when the slot is free. */
  readonly endpoint: Endpoint | null;
  /** Whether requests may be sent to it: not to what drains. */
  readonly open: boolean;
  /** Not seen healthy yet: it gets no requests, not even when all others are unhealthy. */
  readonly initial: boolean;
  /** Initial, and known as ill to the worker that is replaced: the new one takes that over and checks it at once. */
  readonly handedOver?: boolean;
}

export interface GroupSlots {
  readonly groupId: string;
  readonly slots: readonly Slot[];
}

export const sameEndpoint = (a: Endpoint | null, b: Endpoint | null): boolean =>
  a?.address === b?.address && a?.port === b?.port;
