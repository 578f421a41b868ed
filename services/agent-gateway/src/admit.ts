/** Decides on an upgrade request: whose socket it is, or the error that answers it. The server calls it. */
import { verifySigV4 } from "@roadstead/aws-protocol/verify-sigv4";
import type { WireRequest } from "@roadstead/aws-protocol/wire";
import type { AccessKeyCache } from "@roadstead/db/access-key-cache";
import type { Db } from "@roadstead/db/connect";
import { parseClusterScoped } from "@roadstead/model/arn";
import type { VersionInfo } from "@roadstead/model/container-instance";
import { mayOpenSocket, type SocketKind } from "./authorise-instance.ts";
import { type ConnectedInstance, loadInstance } from "./load-instance.ts";
import { accessDenied, badUpgrade, inactiveInstance, unknownInstance } from "./upgrade-refusal.ts";

const VERSION_CHARACTERS_MAX = 255;
const INSTANCE_ID = /^[0-9a-zA-Z-]{1,64}$/;

export interface AdmitDeps {
  readonly db: Pick<Db, "query">;
  readonly keys: AccessKeyCache;
  /** `insecure` takes every signature for good. */
  readonly auth: "sigv4" | "insecure";
}

export interface Admitted {
  readonly kind: SocketKind;
  readonly instance: ConnectedInstance;
  readonly versionInfo: VersionInfo;
}

/** Throws an `AwsError` for what is refused. A caller who may not know learns nothing of what exists. */
export async function admit(deps: AdmitDeps, kind: SocketKind, request: WireRequest): Promise<Admitted> {
  const query = new URLSearchParams(request.query);
  const arn = query.get("containerInstanceArn") ?? query.get("containerInstance") ?? "";
  const reference = parseClusterScoped(arn, "container-instance");
  if (reference.kind !== "arn" || !INSTANCE_ID.test(reference.id)) {
    throw badUpgrade("containerInstanceArn must be the ARN of a container instance.");
  }
  if (deps.auth === "sigv4") await authorise(deps, request, { kind, arn, region: reference.place.region });
  const instance = await loadInstance(deps.db, reference.id);
  if (instance?.arn !== arn) throw unknownInstance();
  if (instance.status === "INACTIVE") throw inactiveInstance();
  return { kind, instance, versionInfo: versionInfo(query) };
}

async function authorise(
  { keys }: AdmitDeps,
  request: WireRequest,
  socket: { readonly kind: SocketKind; readonly arn: string; readonly region: string },
): Promise<void> {
  const now = new Date();
  const { key, region } = await verifySigV4(request, {
    now,
    service: "ecs",
    async lookup(accessKeyId, sessionToken) {
      const holder = await keys.resolve(accessKeyId, sessionToken);
      return holder && { ...holder, active: holder.status === "Active" };
    },
  });
  const place = { accountId: key.accountId, region };
  const instanceArn = socket.arn as ConnectedInstance["arn"];
  const here = region === socket.region && instanceArn.startsWith(`arn:aws:ecs:${region}:${key.accountId}:`);
  if (!here || !mayOpenSocket(key, { kind: socket.kind, instanceArn, place, now })) {
    throw accessDenied("This key may not act on this container instance.");
  }
}

/** What the agent says of itself travels in the query, never in RegisterContainerInstance. */
function versionInfo(query: URLSearchParams): VersionInfo {
  const text = (name: string) =>
    (query.get(name) ?? "").replaceAll("\u0000", "").slice(0, VERSION_CHARACTERS_MAX);
  const entries = ["agentVersion", "agentHash", "dockerVersion"].map((name) => [name, text(name)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ""));
}
