/** Gives rules of a security group other descriptions, by their ids or by permissions that say the same. */
import type { IpPermission, SecurityGroupRuleDescription } from "@aws-sdk/client-ec2";
import type { WriteTx } from "@roadstead/db/connect";
import { type SecurityGroupRow, securityGroupRules } from "@roadstead/db/network-tables";
import type { ApiContext } from "../context.ts";
import { ec2Errors } from "./errors.ts";
import { ruleOfId, rulesOf } from "./groups.ts";
import { isSameRule, readDescription, readPermissions } from "./permissions.ts";

export async function describeRules(
  tx: WriteTx,
  ctx: ApiContext,
  request: {
    readonly group: SecurityGroupRow;
    readonly egress: boolean;
    readonly input: {
      readonly IpPermissions?: IpPermission[] | undefined;
      readonly SecurityGroupRuleDescriptions?: SecurityGroupRuleDescription[] | undefined;
    };
  },
): Promise<void> {
  const { IpPermissions = [], SecurityGroupRuleDescriptions = [] } = request.input;
  if (IpPermissions.length + SecurityGroupRuleDescriptions.length === 0)
    throw ec2Errors.missing("IpPermissions");
  const there = await rulesOf(tx, ctx, request.group, request.egress);
  for (const wanted of readPermissions(IpPermissions)) {
    const rule = there.find((other) => isSameRule(other, wanted));
    if (!rule) throw ec2Errors.noSuchRule();
    await securityGroupRules.update(tx, rule.id, { description: wanted.description });
  }
  for (const { SecurityGroupRuleId, Description } of SecurityGroupRuleDescriptions) {
    const { id } = ruleOfId(there, SecurityGroupRuleId);
    await securityGroupRules.update(tx, id, { description: readDescription(Description) });
  }
}
