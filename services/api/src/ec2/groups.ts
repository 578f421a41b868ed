/** The security group that a request is about, its rules, and how they are changed. */
import type { IpPermission, TagSpecification } from "@aws-sdk/client-ec2";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import {
  mintResourceId,
  type SecurityGroupRow,
  type SecurityGroupRuleRow,
  securityGroupRules,
  securityGroups,
  vpcs,
} from "@roadstead/db/network-tables";
import type { ApiContext } from "../context.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { isSameRule, type RuleMatch, readPermissions, ruleText, type WantedRule } from "./permissions.ts";
import { RULES_PER_GROUP_MAX } from "./quotas.ts";
import { specifiedTags } from "./tags.ts";

export async function defaultVpcId(tx: ReadTx, ctx: ApiContext): Promise<string> {
  const vpc = (await vpcs.all(tx, ctx.scope.id)).find(({ isDefault }) => isDefault);
  if (!vpc) throw ec2Errors.noDefaultVpc();
  return vpc.id;
}

/** By its id, or by its name in the default VPC. */
export async function existingGroup(
  tx: ReadTx,
  ctx: ApiContext,
  input: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
): Promise<SecurityGroupRow> {
  if (input.GroupId) return existing(tx, ctx, kinds.securityGroup, input.GroupId);
  if (!input.GroupName) throw ec2Errors.missing("GroupId");
  const vpcId = await defaultVpcId(tx, ctx);
  const groups = await securityGroups.all(tx, ctx.scope.id);
  const group = groups.find(({ name, vpcId: its }) => name === input.GroupName && its === vpcId);
  if (group) return group;
  const text = `The security group '${input.GroupName}' does not exist in default VPC '${vpcId}'`;
  throw ec2Errors.notFound("InvalidGroup.NotFound", text);
}

export const rulesOf = async (tx: ReadTx, ctx: ApiContext, group: SecurityGroupRow, egress: boolean) =>
  (await securityGroupRules.all(tx, ctx.scope.id)).filter(
    (rule) => rule.groupId === group.id && rule.egress === egress,
  );

export interface PermissionsInput {
  readonly IpPermissions?: IpPermission[] | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIp?: string | undefined;
  readonly TagSpecifications?: TagSpecification[] | undefined;
}

/** Older callers give one permission as members of the request itself. */
function permissionsOf(input: PermissionsInput): readonly WantedRule[] {
  const { IpPermissions = [], IpProtocol, FromPort, ToPort, CidrIp } = input;
  if (IpPermissions.length > 0) return readPermissions(IpPermissions);
  if (!IpProtocol) throw ec2Errors.missing("IpPermissions");
  const IpRanges = CidrIp === undefined ? [] : [{ CidrIp }];
  return readPermissions([{ IpProtocol, FromPort, ToPort, IpRanges }]);
}

/** All of the rules, or none when one is there already. */
export async function addRules(
  tx: WriteTx,
  ctx: ApiContext,
  request: { readonly group: SecurityGroupRow; readonly egress: boolean; readonly input: PermissionsInput },
): Promise<readonly SecurityGroupRuleRow[]> {
  const { group, egress, input } = request;
  const tags = specifiedTags(input.TagSpecifications, "security-group-rule");
  const wanted = permissionsOf(input);
  const there: RuleMatch[] = await rulesOf(tx, ctx, group, egress);
  if (there.length + wanted.length > RULES_PER_GROUP_MAX) {
    throw ec2Errors.limit("RulesPerSecurityGroupLimitExceeded", "rules per security group");
  }
  const added: SecurityGroupRuleRow[] = [];
  for (const rule of wanted) {
    if (there.some((other) => isSameRule(other, rule))) throw ec2Errors.ruleExists(ruleText(rule));
    there.push(rule);
    await checkReferenced(tx, ctx, rule);
    const row = {
      ...rule,
      id: mintResourceId("sgr"),
      scopeId: ctx.scope.id,
      groupId: group.id,
      egress,
      tags,
    };
    added.push(await securityGroupRules.insert(tx, row));
  }
  return added;
}

export async function checkReferenced(tx: ReadTx, ctx: ApiContext, rule: RuleMatch): Promise<void> {
  if (rule.referencedGroupId !== null) {
    await existing(tx, ctx, kinds.securityGroup, rule.referencedGroupId);
  }
}

/** By the ids of rules, or by permissions that say the same as they do. */
export async function removeRules(
  tx: WriteTx,
  ctx: ApiContext,
  request: {
    readonly group: SecurityGroupRow;
    readonly egress: boolean;
    readonly input: PermissionsInput & { readonly SecurityGroupRuleIds?: string[] | undefined };
  },
): Promise<readonly SecurityGroupRuleRow[]> {
  const { group, egress, input } = request;
  const there = await rulesOf(tx, ctx, group, egress);
  const ids = input.SecurityGroupRuleIds ?? [];
  const removed =
    ids.length > 0
      ? ids.map((id) => ruleOfId(there, id))
      : permissionsOf(input).map((wanted) => {
          const rule = there.find((other) => isSameRule(other, wanted));
          if (!rule) throw ec2Errors.noSuchRule();
          return rule;
        });
  for (const { id } of removed) await securityGroupRules.remove(tx, id);
  return removed;
}

export function ruleOfId(
  rules: readonly SecurityGroupRuleRow[],
  id: string | undefined,
): SecurityGroupRuleRow {
  const rule = rules.find((one) => one.id === id);
  const { missingCode, missing } = kinds.securityGroupRule;
  if (!rule) throw ec2Errors.notFound(missingCode, missing(id ?? ""));
  return rule;
}
