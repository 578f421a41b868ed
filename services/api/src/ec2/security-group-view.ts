/** Security groups and their rules as EC2 shows them: rule by rule, and gathered into permissions. */
import type {
  IpPermission,
  RevokedSecurityGroupRule,
  SecurityGroup,
  SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import { type SecurityGroupRuleRow, securityGroupRules, securityGroups } from "@roadstead/db/network-tables";
import type { ApiContext } from "../context.ts";
import { ec2Arn } from "./allowed.ts";
import { metByNone } from "./filters.ts";
import type { View } from "./list.ts";
import { shownTags } from "./tags.ts";

export const securityGroupView: View<SecurityGroup> = {
  async load(tx, ctx) {
    const rules = Map.groupBy(await securityGroupRules.all(tx, ctx.scope.id), ({ groupId }) => groupId);
    return (await securityGroups.all(tx, ctx.scope.id)).map((group) => {
      const own = rules.get(group.id) ?? [];
      return {
        GroupId: group.id,
        GroupName: group.name,
        Description: group.description,
        OwnerId: ctx.scope.accountId,
        VpcId: group.vpcId,
        SecurityGroupArn: ec2Arn(ctx, "security-group", group.id),
        IpPermissions: permissionsOf(
          ctx,
          own.filter(({ egress }) => !egress),
        ),
        IpPermissionsEgress: permissionsOf(
          ctx,
          own.filter(({ egress }) => egress),
        ),
        Tags: shownTags(group.tags),
      };
    });
  },
  idOf: ({ GroupId }) => GroupId,
  filters: {
    "group-id": ({ GroupId }) => GroupId,
    "group-name": ({ GroupName }) => GroupName,
    description: ({ Description }) => Description,
    "owner-id": ({ OwnerId }) => OwnerId,
    "vpc-id": ({ VpcId }) => VpcId,
    ...permissionFilters("ip-permission", ({ IpPermissions }) => IpPermissions),
    ...permissionFilters("egress.ip-permission", ({ IpPermissionsEgress }) => IpPermissionsEgress),
  },
};

function permissionFilters(
  prefix: string,
  read: (group: SecurityGroup) => readonly IpPermission[] | undefined,
): View<SecurityGroup>["filters"] {
  const each =
    <T>(of: (permission: IpPermission) => readonly (T | undefined)[]) =>
    (group: SecurityGroup) =>
      (read(group) ?? []).flatMap(of);
  return {
    [`${prefix}.protocol`]: each(({ IpProtocol }) => [IpProtocol]),
    [`${prefix}.from-port`]: each(({ FromPort }) => [FromPort]),
    [`${prefix}.to-port`]: each(({ ToPort }) => [ToPort]),
    [`${prefix}.cidr`]: each(({ IpRanges = [] }) => IpRanges.map(({ CidrIp }) => CidrIp)),
    [`${prefix}.ipv6-cidr`]: each(({ Ipv6Ranges = [] }) => Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6)),
    [`${prefix}.group-id`]: each(({ UserIdGroupPairs = [] }) =>
      UserIdGroupPairs.map(({ GroupId }) => GroupId),
    ),
    [`${prefix}.user-id`]: each(({ UserIdGroupPairs = [] }) => UserIdGroupPairs.map(({ UserId }) => UserId)),
    // Rules of a VPC name groups by their ids alone.
    ...metByNone(`${prefix}.group-name`, `${prefix}.prefix-list-id`),
  };
}

/** Rules for the same ports stand together. */
function permissionsOf(ctx: ApiContext, rules: readonly SecurityGroupRuleRow[]): IpPermission[] {
  const together = Map.groupBy(
    rules,
    ({ protocol, fromPort, toPort }) => `${protocol} ${fromPort} ${toPort}`,
  );
  return [...together.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const description = (rule: SecurityGroupRuleRow) =>
      rule.description === null ? {} : { Description: rule.description };
    return {
      IpProtocol: first.protocol,
      ...(first.protocol === "-1" ? {} : { FromPort: first.fromPort, ToPort: first.toPort }),
      IpRanges: same.flatMap((rule) =>
        rule.cidrIpv4 === null ? [] : { CidrIp: rule.cidrIpv4, ...description(rule) },
      ),
      Ipv6Ranges: same.flatMap((rule) =>
        rule.cidrIpv6 === null ? [] : { CidrIpv6: rule.cidrIpv6, ...description(rule) },
      ),
      PrefixListIds: [],
      UserIdGroupPairs: same.flatMap((rule) =>
        rule.referencedGroupId === null
          ? []
          : { GroupId: rule.referencedGroupId, UserId: ctx.scope.accountId, ...description(rule) },
      ),
    };
  });
}

export const shownRule = (ctx: ApiContext, rule: SecurityGroupRuleRow): SecurityGroupRule => ({
  SecurityGroupRuleId: rule.id,
  SecurityGroupRuleArn: ec2Arn(ctx, "security-group-rule", rule.id),
  GroupId: rule.groupId,
  GroupOwnerId: ctx.scope.accountId,
  IsEgress: rule.egress,
  IpProtocol: rule.protocol,
  FromPort: rule.fromPort,
  ToPort: rule.toPort,
  ...(rule.cidrIpv4 === null ? {} : { CidrIpv4: rule.cidrIpv4 }),
  ...(rule.cidrIpv6 === null ? {} : { CidrIpv6: rule.cidrIpv6 }),
  ...(rule.referencedGroupId === null
    ? {}
    : { ReferencedGroupInfo: { GroupId: rule.referencedGroupId, UserId: ctx.scope.accountId } }),
  ...(rule.description === null ? {} : { Description: rule.description }),
  Tags: shownTags(rule.tags),
});

/** What Revoke… answers of a rule that is gone. */
export const revokedRule = (rule: SecurityGroupRuleRow): RevokedSecurityGroupRule => ({
  SecurityGroupRuleId: rule.id,
  GroupId: rule.groupId,
  IsEgress: rule.egress,
  IpProtocol: rule.protocol,
  FromPort: rule.fromPort,
  ToPort: rule.toPort,
  ...(rule.cidrIpv4 === null ? {} : { CidrIpv4: rule.cidrIpv4 }),
  ...(rule.cidrIpv6 === null ? {} : { CidrIpv6: rule.cidrIpv6 }),
  ...(rule.referencedGroupId === null ? {} : { ReferencedGroupId: rule.referencedGroupId }),
  ...(rule.description === null ? {} : { Description: rule.description }),
});

export const securityGroupRuleView: View<SecurityGroupRule> = {
  load: async (tx, ctx) =>
    (await securityGroupRules.all(tx, ctx.scope.id)).map((rule) => shownRule(ctx, rule)),
  idOf: ({ SecurityGroupRuleId }) => SecurityGroupRuleId,
  filters: {
    "group-id": ({ GroupId }) => GroupId,
    "security-group-rule-id": ({ SecurityGroupRuleId }) => SecurityGroupRuleId,
  },
};
