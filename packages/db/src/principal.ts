/** Who a verified request comes from. */

export interface UserPrincipal {
  readonly kind: "user";
  readonly arn: string;
  readonly userId: string;
  readonly userName: string;
  readonly policies: readonly { readonly name: string; readonly document: string }[];
}

/** A session of a role; its permissions are the role's as they are now, not as they were when it began. */
export interface RolePrincipal {
  readonly kind: "role";
  /** The session's own. */
  readonly arn: string;
  readonly roleArn: string;
  readonly roleId: string;
  readonly roleName: string;
  readonly sessionName: string;
  readonly policies: readonly { readonly name: string; readonly document: string }[];
  /** What AssumeRole was told to narrow the session to; null for all that the role may. */
  readonly sessionPolicy: string | null;
  readonly expiresAtMs: number;
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

export type Principal = UserPrincipal | RolePrincipal | AgentPrincipal;
