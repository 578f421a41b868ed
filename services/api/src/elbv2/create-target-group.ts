/** elasticloadbalancing:CreateTargetGroup. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
import { CreateTargetGroup$, type CreateTargetGroupCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { hasVpc } from "@roadstead/db/balancer-network";
import {
  countTargetGroups,
  insertTargetGroup,
  listTargetGroups,
  type NewTargetGroup,
  type TargetGroupRow,
} from "@roadstead/db/target-groups";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { creating, onNew } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { DEFAULT_HEALTH_CHECK, readHealthCheck } from "./health-check.ts";
import { readName } from "./names.ts";
import { renderTargetGroup } from "./render.ts";
import { readTags } from "./tags.ts";

const GROUPS_MAX = 3_000;

type Input = CreateTargetGroupCommand["input"];

function readTargetGroup(ctx: ApiContext, input: Input): NewTargetGroup {
  const name = readName("target group", input.Name ?? "");
  const { TargetType: targetType = "instance" } = input;
  // Terraform's provider says nothing by an empty text.
  const protocolVersion = input.ProtocolVersion || "HTTP1";
  if (targetType !== "instance" && targetType !== "ip") {
    throw elbErrors.unsupported(`Target groups with target type '${targetType}' are not supported`);
  }
  const { Protocol: protocol, Port: port, VpcId: vpcId } = input;
  if (!protocol || port === undefined || !vpcId) {
    throw elbErrors.validation(
      `A protocol, a port and a VPC ID must be specified for target groups with target type '${targetType}'`,
    );
  }
  if (protocol !== "HTTP" && protocol !== "HTTPS") {
    throw elbErrors.unsupported(`Target groups with protocol '${protocol}' are not supported`);
  }
  if (protocolVersion !== "HTTP1") {
    throw elbErrors.unsupported(`The protocol version '${protocolVersion}' is not supported`);
  }
  if (input.IpAddressType !== undefined && input.IpAddressType !== "ipv4") {
    throw elbErrors.unsupported(`The IP address type '${input.IpAddressType}' is not supported`);
  }
  if (input.TargetControlPort !== undefined) {
    throw elbErrors.unsupported("A target control port is not supported");
  }
  const healthCheck = readHealthCheck(input, DEFAULT_HEALTH_CHECK);
  const tags = readTags(input.Tags);
  return {
    scopeId: ctx.scope.id,
    name,
    protocol,
    protocolVersion,
    port,
    targetType,
    vpcId,
    healthCheck,
    tags,
  };
}

/** Asked again in the same words, AWS answers with what there is. */
function same(present: TargetGroupRow, wanted: NewTargetGroup): TargetGroupRow {
  const settings = (group: NewTargetGroup) =>
    JSON.stringify([
      group.protocol,
      group.port,
      group.targetType,
      group.vpcId,
      Object.entries(group.healthCheck).toSorted(),
      group.tags.map(({ key, value }) => [key, value]).toSorted(),
    ]);
  if (settings(present) !== settings(wanted)) throw elbErrors.duplicateTargetGroup(wanted.name);
  return present;
}

export const createTargetGroup = operation<CreateTargetGroupCommand>(CreateTargetGroup$, {
  authorize({ input, ctx }) {
    const on = onNew(ctx, "CreateTargetGroup", `targetgroup/${input.Name}/*`);
    return creating("CreateTargetGroup", { on, made: on.resource, tags: input.Tags });
  },
  async handle({ input, ctx }) {
    const wanted = readTargetGroup(ctx, input);
    const row = await ctx.db.write(async (tx) => {
      if (!(await hasVpc(tx, wanted.scopeId, wanted.vpcId))) {
        throw elbErrors.validation(`The VPC ID '${wanted.vpcId}' is not found`);
      }
      const made =
        (await countTargetGroups(tx, wanted.scopeId)) < GROUPS_MAX
          ? await insertTargetGroup(tx, wanted)
          : null;
      if (made) return made;
      const [present] = await listTargetGroups(
        tx,
        { scopeId: wanted.scopeId, names: [wanted.name] },
        { afterName: "", limit: 1 },
      );
      if (!present) throw elbErrors.tooManyTargetGroups(GROUPS_MAX);
      return same(present, wanted);
    });
    return { TargetGroups: [renderTargetGroup(ctx, row)] };
  },
});
