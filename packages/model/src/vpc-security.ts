/** Who is in a VPC and what its groups let through; the database reads it, the gateway tells it to agents. */

export interface SecurityMember {
  readonly address: string;
  readonly groupIds: readonly string[];
}

/** Of IPv4; either a block or a group is there. */
export interface SecurityRule {
  readonly egress: boolean;
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidr: string | null;
  readonly groupId: string | null;
}

export interface VpcSecurity {
  readonly vpcId: string;
  readonly cidr: string;
  /** Where its tasks' addresses are; rules' blocks are of its own range. */
  readonly machineRange: string;
  readonly members: readonly SecurityMember[];
  /** Those that a member has. */
  readonly groups: readonly { readonly id: string; readonly rules: readonly SecurityRule[] }[];
}
