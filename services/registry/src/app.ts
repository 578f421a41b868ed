/** The registry as one function of request and response: the stages of a request, and the line that is logged for it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Actor } from "@roadstead/access/authorize";
import type { Place } from "@roadstead/model/arn";
import type { Logger } from "@roadstead/service-kit/log";
import type { Metrics } from "@roadstead/service-kit/metrics";
import type { Authenticate } from "./authenticate.ts";
import { actionsFor, authorize } from "./authorize.ts";
import { addressOf, placeOfHost, type RepositoryAddress } from "./decide/address.ts";
import { isRepositoryName, parseRoute, type Route } from "./decide/route.ts";
import { answerError, answerJson, closing, type Exchange, type RepositoryExchange } from "./exchange.ts";
import { failureOf } from "./failure.ts";
import { type BlobHandlersDeps, deleteBlob, getBlob } from "./handlers/blobs.ts";
import { getCatalog, getReferrers, getTags } from "./handlers/lists.ts";
import {
  deleteManifestRequest,
  getManifest,
  type ManifestHandlersDeps,
  putManifestRequest,
} from "./handlers/manifests.ts";
import {
  appendToUpload,
  beginUpload,
  cancelUpload,
  completeUpload,
  type UploadHandlersDeps,
  uploadStatus,
} from "./handlers/uploads.ts";
import { nameInvalid, nameUnknown, notFound, unsupported } from "./registry-error.ts";

type HandlerDeps = BlobHandlersDeps & ManifestHandlersDeps & Omit<UploadHandlersDeps, "addressOf">;

export interface AppDeps extends HandlerDeps {
  readonly authenticate: Authenticate;
  /** Whose repositories are meant when neither host nor name say. */
  readonly first: Place;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** For any `http` or `https` server; it answers everything, also what fails. */
export type RegistryApp = (request: IncomingMessage, response: ServerResponse) => void;

type NamedRoute = Extract<Route, { readonly name: string }>;

export function createRegistryApp(deps: AppDeps): RegistryApp {
  const duration = deps.metrics.histogram("registry_request_seconds", "Time to answer a request.", [
    "route",
    "method",
    "code",
  ]);
  return (request, response) => {
    const startedAt = performance.now();
    response.setHeader("docker-distribution-api-version", "registry/2.0");
    const [path = "", query = ""] = splitOnce(request.url ?? "", "?");
    const route = parseRoute(path);
    void serve(deps, { request, response, route, query }).then((code) => {
      const seconds = (performance.now() - startedAt) / 1_000;
      const method = request.method ?? "GET";
      duration.observe({ route: route?.kind ?? "none", method, code }, seconds);
      logRequest(deps.log, { method, path, code, status: response.statusCode, seconds });
    });
  };
}

interface Received {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route | null;
  readonly query: string;
}

/** Never rejects; resolves with the code of the answer. */
async function serve(deps: AppDeps, received: Received): Promise<string> {
  const { request, response, route } = received;
  try {
    if (route === null) throw notFound();
    const actor = await deps.authenticate(request.headers.authorization);
    if (actor === "unknown") return answerUnknown(request, response);
    await dispatch(deps, { ...received, actor, route });
    return "ok";
  } catch (error) {
    const failure = failureOf(error, request);
    if (failure === "gone") {
      response.destroy();
      return "gone";
    }
    if (failure.status >= 500)
      deps.log.error({ op: "registry.failed", url: request.url, err: error }, "a request failed");
    if (response.headersSent) response.destroy();
    else answerError({ request, response }, failure);
    return failure.code;
  }
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html */
function answerUnknown(request: IncomingMessage, response: ServerResponse): string {
  const host = (request.headers.host ?? "").replaceAll(/[^A-Za-z0-9.:[\]-]/g, "");
  const scheme = "encrypted" in request.socket ? "https" : "http";
  const body = "Not Authorized\n";
  response.writeHead(401, {
    "www-authenticate": `Basic realm="${scheme}://${host}/",service="ecr.amazonaws.com"`,
    "content-type": "text/plain; charset=utf-8",
    "content-length": String(body.length),
    ...(closing(request) as Record<string, string>),
  });
  response.end(request.method === "HEAD" ? undefined : body);
  return "UNAUTHORIZED";
}

async function dispatch(
  deps: AppDeps,
  { request, response, route, query, actor }: Received & { readonly route: Route; readonly actor: Actor },
): Promise<void> {
  const exchange: Exchange = { request, response, query: new URLSearchParams(query), actor, now: deps.now() };
  if (route.kind === "ping") return answerJson(exchange, 200, {});
  if (route.kind === "catalog") return getCatalog(deps, exchange, catalogPlace(deps, exchange));
  if (!isRepositoryName(route.name)) throw nameInvalid(route.name);
  const address = addressOf(request.headers.host ?? "", route.name, deps.first);
  const actions = actionsFor(route.kind, request.method ?? "GET");
  if (actions === null) throw unsupported("The operation is unsupported.");
  authorize(actor, address, actions, exchange.now);
  const repository = await deps.metadata.repository(address);
  if (repository === null) throw nameUnknown(address.name, address.place.accountId);
  await handle(deps, { ...exchange, repository, path: route.name }, route);
}

/** The caller's own registry: the host's or the first one if it is the caller's, else that of the same region. */
function catalogPlace({ first }: AppDeps, { request, actor }: Exchange) {
  const place = placeOfHost(request.headers.host ?? "");
  if (place !== null) return { place: { ...place, accountId: actor.accountId }, prefix: "" };
  if (actor.accountId === first.accountId) return { place: first, prefix: "" };
  return {
    place: { accountId: actor.accountId, region: first.region },
    prefix: `${actor.accountId}.${first.region}/`,
  };
}

function handle(deps: AppDeps, exchange: RepositoryExchange, route: NamedRoute): Promise<void> {
  const method = exchange.request.method ?? "GET";
  switch (route.kind) {
    case "blob":
      return method === "DELETE"
        ? deleteBlob(deps, exchange, route.digest)
        : getBlob(deps, exchange, route.digest);
    case "manifest":
      return handleManifest(deps, exchange, { method, reference: route.reference });
    case "uploads":
      return beginUpload(uploadDeps(deps), exchange);
    case "upload":
      return handleUpload(deps, exchange, { method, id: route.id });
    case "tags":
      return getTags(deps, exchange);
    case "referrers":
      return getReferrers(deps, exchange, route.digest);
  }
}

function handleManifest(
  deps: AppDeps,
  exchange: RepositoryExchange,
  { method, reference }: { readonly method: string; readonly reference: string },
): Promise<void> {
  if (method === "PUT") return putManifestRequest(deps, exchange, reference);
  if (method === "DELETE") return deleteManifestRequest(deps, exchange, reference);
  return getManifest(deps, exchange, reference);
}

function handleUpload(
  deps: AppDeps,
  exchange: RepositoryExchange,
  { method, id }: { readonly method: string; readonly id: string },
): Promise<void> {
  if (method === "PATCH") return appendToUpload(uploadDeps(deps), exchange, id);
  if (method === "PUT") return completeUpload(uploadDeps(deps), exchange, id);
  if (method === "DELETE") return cancelUpload(uploadDeps(deps), exchange, id);
  return uploadStatus(uploadDeps(deps), exchange, id);
}

const uploadDeps = (deps: AppDeps): UploadHandlersDeps => ({
  ...deps,
  addressOf: ({ request }, name): RepositoryAddress =>
    addressOf(request.headers.host ?? "", name, deps.first),
});

function logRequest(
  log: Logger,
  line: {
    readonly method: string;
    readonly path: string;
    readonly code: string;
    readonly status: number;
    readonly seconds: number;
  },
): void {
  const { seconds, code, ...rest } = line;
  log.info(
    { op: "registry.request", outcome: code, durationMs: Math.round(seconds * 10_000) / 10, ...rest },
    "request",
  );
}

function splitOnce(text: string, at: string): readonly [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
