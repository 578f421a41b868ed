/** ec2:CreateSecurityGroup. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
import { CreateSecurityGroup$, type CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import type { WriteTx } from "@roadstead/db/connect";
import { securityGroups } from "@roadstead/db/network-tables";
import { makeSecurityGroup } from "@roadstead/db/networks";
import type { ApiContext } from "../context.ts";
import { ec2Arn, making } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { defaultVpcId } from "./groups.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { SECURITY_GROUPS_MAX } from "./quotas.ts";
import { shownTags, specifiedTags } from "./tags.ts";

const TEXT = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;
const CHARACTERS = "Character sets beyond ASCII are not supported.";

function checkedName(name: string | undefined): string {
  if (!name) throw ec2Errors.missing("GroupName");
  if (name.toLowerCase().startsWith("sg-")) {
    throw ec2Errors.invalid("groupName", name, "Group names may not be in the format sg-*.");
  }
  if (!TEXT.test(name)) throw ec2Errors.invalid("groupName", name, CHARACTERS);
  if (name === "default") throw ec2Errors.refused("Cannot use reserved security group name: default");
  return name;
}

const vpcOf = async (tx: WriteTx, ctx: ApiContext, id: string | undefined) =>
  id ? (await existing(tx, ctx, kinds.vpc, id)).id : defaultVpcId(tx, ctx);

export const createSecurityGroup = ec2Operation<CreateSecurityGroupCommand>(CreateSecurityGroup$, {
  authorize: making("CreateSecurityGroup", "security-group", ({ VpcId }) => [VpcId]),
  async handle({ input, ctx }) {
    const name = checkedName(input.GroupName);
    const description = input.Description;
    if (!description) throw ec2Errors.missing("GroupDescription");
    if (!TEXT.test(description)) throw ec2Errors.invalid("GroupDescription", description, CHARACTERS);
    const tags = specifiedTags(input.TagSpecifications, "security-group");
    const GroupId = await changeNetwork(ctx, async (tx) => {
      const vpcId = await vpcOf(tx, ctx, input.VpcId);
      const groups = await securityGroups.all(tx, ctx.scope.id);
      if (groups.some((group) => group.vpcId === vpcId && group.name === name)) {
        throw ec2Errors.groupExists(name, vpcId);
      }
      if (groups.length >= SECURITY_GROUPS_MAX) {
        throw ec2Errors.limit("SecurityGroupLimitExceeded", "security groups");
      }
      return makeSecurityGroup(tx, ctx.scope.id, { vpcId, name, description, tags });
    });
    return { GroupId, SecurityGroupArn: ec2Arn(ctx, "security-group", GroupId), Tags: shownTags(tags) };
  },
});
