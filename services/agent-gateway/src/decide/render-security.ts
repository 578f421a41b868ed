/** Decides how a VPC's security groups read on the wire; `security-groups` calls it. */
import type { VpcSecurity } from "@roadstead/model/vpc-security";

/** Members that say nothing do not reach the wire. */
export const renderSecurity = ({ vpcId, cidr, members, groups }: VpcSecurity, revision: string): object => ({
  vpcId,
  cidr,
  revision,
  members,
  groups: groups.map(({ id, rules }) => ({
    id,
    rules: rules.map(({ cidr: block, groupId, ...rule }) => ({
      ...rule,
      cidr: block ?? undefined,
      groupId: groupId ?? undefined,
    })),
  })),
});
