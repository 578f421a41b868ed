/** ecs:RegisterContainerInstance. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterContainerInstance.html */
import {
  RegisterContainerInstance$,
  type RegisterContainerInstanceCommand,
  type RegisterContainerInstanceRequest,
} from "@aws-sdk/client-ecs";
import { bindAgent } from "@roadstead/db/agents";
import { type ClusterRow, lockCluster } from "@roadstead/db/clusters";
import type { WriteTx } from "@roadstead/db/connect";
import {
  type ContainerInstanceRow,
  findContainerInstance,
  findInstanceOfAgent,
  insertContainerInstance,
  instancePorts,
  type Registration,
  reregisterContainerInstance,
} from "@roadstead/db/container-instances";
import { renderContainerInstance } from "@roadstead/ecs-shapes/render-container-instance";
import { AVAILABILITY_ZONE } from "@roadstead/model/availability-zone";
import {
  type Attribute,
  capacityOf,
  type Resource,
  type VersionInfo,
} from "@roadstead/model/container-instance";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { agentCluster, agentClusterArn } from "./agent-cluster.ts";
import { ecsErrors } from "./errors.ts";
import { idInCluster } from "./references.ts";
import { checkedTags } from "./tags.ts";
import { present } from "./task-definition/present.ts";

const INSTANCE_ID = /^[\w-]{1,64}$/;
const INSTANCE_TYPE = "ecs.instance-type";

export const registerContainerInstance = operation<RegisterContainerInstanceCommand>(
  RegisterContainerInstance$,
  {
    // The agent sends a clientToken that the public model does not have.
    keepUnknown: true,
    authorize: ({ input, ctx }) => ({
      action: "ecs:RegisterContainerInstance",
      resource: agentClusterArn(ctx, input.cluster),
    }),
    async handle({ input, ctx }) {
      const containerInstance = await ctx.db.write(async (tx) => {
        const name = agentCluster(ctx, input.cluster);
        const cluster = await lockCluster(tx, ctx.scope.id, name, "share");
        if (!cluster) throw ecsErrors.clusterNotFound();
        if (cluster.status !== "ACTIVE") throw ecsErrors.clusterInactive();
        const registration = registrationOf(ctx, input);
        const known = await knownInstance(tx, ctx, input, cluster);
        const row = known
          ? await reregister(tx, known, registration)
          : await insertContainerInstance(tx, {
              ...registration,
              scopeId: ctx.scope.id,
              clusterId: cluster.id,
              agentId: ctx.caller.principal.kind === "agent" ? ctx.caller.principal.agentId : null,
              clientToken: clientTokenOf(input),
            });
        const { principal } = ctx.caller;
        if (principal.kind === "agent" && principal.containerInstanceId !== row.id) {
          if (!(await bindAgent(tx, principal.agentId, row.id))) throw ecsErrors.agentRevoked();
        }
        const details = { ports: await instancePorts(tx, [row.id]), counts: null, withTags: true };
        return renderContainerInstance(ctx.scope, cluster.name, row, details);
      });
      // Its principal now names the instance: a key cached before the commit would not.
      ctx.forgetAccessKey(ctx.caller.accessKeyId);
      return { containerInstance };
    },
  },
);

function clientTokenOf(input: object): string | null {
  const token = (input as { readonly clientToken?: unknown }).clientToken;
  return typeof token === "string" && token !== "" && token.length <= 64 ? token : null;
}

/** The instance this registration renews: the one its agent is bound to, or the one whose ARN is sent. */
async function knownInstance(
  tx: WriteTx,
  ctx: ApiContext,
  input: RegisterContainerInstanceRequest,
  cluster: ClusterRow,
): Promise<ContainerInstanceRow | null> {
  const { principal } = ctx.caller;
  const sent = input.containerInstanceArn
    ? idInCluster(ctx.scope, cluster.name, "container-instance", input.containerInstanceArn)
    : null;
  // Asked of the rows: the principal may have been read before the agent's first registration.
  const own = principal.kind === "agent" ? await findInstanceOfAgent(tx, principal.agentId) : null;
  const named = sent === null ? null : await findContainerInstance(tx, sent);
  // A machine with a new key may still name what it was before; while that is registered, it is another agent's.
  if (principal.kind === "agent" && named && named.status !== "INACTIVE" && named.id !== own?.id) {
    throw ecsErrors.invalidParameter("The container instance belongs to another agent.");
  }
  const row = own ?? (principal.kind === "agent" ? null : named);
  // A deregistered instance is not revived: its machine joins as a new one.
  if (!row || row.status === "INACTIVE" || row.scopeId !== ctx.scope.id) return null;
  if (row.clusterId !== cluster.id) {
    throw ecsErrors.invalidParameter("The container instance is registered in another cluster.");
  }
  return row;
}

function reregister(tx: WriteTx, known: ContainerInstanceRow, registration: AgentRegistration) {
  const type = (attributes: readonly Attribute[]) =>
    attributes.find(({ name }) => name === INSTANCE_TYPE)?.value;
  const before = type(known.attributes);
  if (before !== undefined && type(registration.attributes) !== before) throw ecsErrors.instanceTypeChanged();
  return reregisterContainerInstance(tx, known.id, registration);
}

type AgentRegistration = Omit<Registration, "scopeId" | "clusterId" | "agentId" | "clientToken">;

function registrationOf(ctx: ApiContext, input: RegisterContainerInstanceRequest): AgentRegistration {
  const resources = (input.totalResources ?? []).map(
    ({ name, type, integerValue, stringSetValue }): Resource => ({
      name: name ?? "",
      type: type === "STRINGSET" ? "STRINGSET" : "INTEGER",
      ...(integerValue === undefined ? {} : { integerValue }),
      ...(stringSetValue === undefined ? {} : { stringSetValue }),
    }),
  );
  const capacity = capacityOf(resources);
  if (capacity.cpu <= 0 || capacity.memoryMiB <= 0) {
    throw ecsErrors.invalidParameter("totalResources must name CPU and MEMORY above zero.");
  }
  const attributes = (input.attributes ?? []).map(
    ({ name, value }): Attribute => ({ name: name ?? "", ...(value === undefined ? {} : { value }) }),
  );
  if (!attributes.some(({ name }) => name === AVAILABILITY_ZONE)) {
    attributes.push({ name: AVAILABILITY_ZONE, value: `${ctx.scope.region}a` });
  }
  return {
    ec2InstanceId: instanceIdOf(input.instanceIdentityDocument),
    versionInfo: present(input.versionInfo ?? {}) as VersionInfo,
    attributes,
    tags: checkedTags(input.tags),
    resources,
    capacity,
  };
}

/** The identity document names the machine; nothing else of it is used, since nobody can vouch for it here. */
function instanceIdOf(document: string | undefined): string | null {
  if (!document) return null;
  try {
    const parsed: unknown = JSON.parse(document);
    const id = (parsed as { readonly instanceId?: unknown } | null)?.instanceId;
    return typeof id === "string" && INSTANCE_ID.test(id) ? id : null;
  } catch {
    throw ecsErrors.invalidParameter("The instance identity document is not valid.");
  }
}
