/** Who a verified request comes from. */

export interface UserPrincipal {
  readonly kind: "user";
  readonly arn: string;
  readonly userId: string;
  readonly userName: string;
  readonly policies: readonly { readonly name: string; readonly document: string }[];
}

/** A machine's agent; it may act on its own container instance alone. */
export interface AgentPrincipal {
  readonly kind: "agent";
  readonly arn: string;
  readonly agentId: string;
  readonly scopeId: number;
  readonly region: string;
  readonly clusterName: string;
  readonly containerInstanceId: string | null;
}

export type Principal = UserPrincipal | AgentPrincipal;
