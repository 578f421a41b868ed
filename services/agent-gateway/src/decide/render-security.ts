/** Decides how a VPC's security groups read on the wire; `security-groups` calls it. */
import { blocksOnMachines, type Ranges, rangesOf } from "@roadstead/model/machine-range";
import type { SecurityRule, VpcSecurity } from "@roadstead/model/vpc-security";

/** Members that say nothing do not reach the wire. Blocks are said as they are on machines. */
export function renderSecurity(vpc: VpcSecurity, revision: string): object {
  const { vpcId, cidr, machineRange, members, groups } = vpc;
  const ranges = rangesOf(cidr, machineRange);
  return {
    vpcId,
    cidr: machineRange,
    revision,
    members,
    groups: groups.map(({ id, rules }) => ({ id, rules: rules.flatMap((rule) => renderRule(rule, ranges)) })),
  };
}

const renderRule = ({ cidr, groupId, ...rule }: SecurityRule, ranges: Ranges): readonly object[] =>
  cidr === null
    ? [{ ...rule, groupId: groupId ?? undefined }]
    : blocksOnMachines(cidr, ranges).map((block) => ({ ...rule, cidr: block }));
