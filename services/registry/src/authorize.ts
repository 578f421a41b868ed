/** Decides which ECR permission a request needs and refuses, in ECR's words, a caller who lacks it. */
import { type Actor, refusal } from "@roadstead/access/authorize";
import { repositoryArn } from "@roadstead/model/arn";
import type { RepositoryAddress } from "./decide/address.ts";
import type { Route } from "./decide/route.ts";
import { denied } from "./registry-error.ts";

type RepositoryRoute = Exclude<Route["kind"], "ping" | "catalog">;

/** Any one of them is enough. By method; HEAD is looked up before GET. */
const ACTIONS: Readonly<Record<RepositoryRoute, Readonly<Record<string, readonly string[]>>>> = {
  blob: {
    // A pull may look before it fetches.
    HEAD: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"],
    GET: ["ecr:GetDownloadUrlForLayer"],
    DELETE: ["ecr:BatchDeleteImage"],
  },
  uploads: { POST: ["ecr:InitiateLayerUpload"] },
  upload: {
    GET: ["ecr:UploadLayerPart"],
    PATCH: ["ecr:UploadLayerPart"],
    PUT: ["ecr:CompleteLayerUpload"],
    DELETE: ["ecr:UploadLayerPart"],
  },
  manifest: { GET: ["ecr:BatchGetImage"], PUT: ["ecr:PutImage"], DELETE: ["ecr:BatchDeleteImage"] },
  tags: { GET: ["ecr:ListImages"] },
  referrers: { GET: ["ecr:BatchGetImage"] },
};

/** Null for a method that the resource does not know. */
export function actionsFor(kind: RepositoryRoute, method: string): readonly string[] | null {
  const byMethod = ACTIONS[kind];
  return byMethod[method] ?? (method === "HEAD" ? (byMethod.GET ?? null) : null);
}

/** Throws DENIED unless one of the actions is allowed. Another account's repositories are nobody's without a policy of theirs. */
export function authorize(
  actor: Actor,
  address: RepositoryAddress,
  actions: readonly string[],
  now: Date,
): void {
  const message = refusalOf(actor, address, actions, now);
  if (message !== null) throw denied(message);
}

export function refusalOf(
  actor: Actor,
  { place, name }: RepositoryAddress,
  actions: readonly string[],
  now: Date,
): string | null {
  const resource = repositoryArn(place, name);
  const [first = ""] = actions;
  if (place.accountId !== actor.accountId) {
    return (
      `User: ${actor.principal.arn} is not authorized to perform: ${first} on resource: ${resource}` +
      ` because no resource-based policy allows the ${first} action`
    );
  }
  let message: string | null = null;
  for (const action of actions) {
    const refused = refusal(actor, [{ action, resource }], { now, region: place.region });
    if (refused === null) return null;
    message ??= refused;
  }
  return message;
}
