/**
 * Takes a request through its stages, in this order: route, authenticate, read, check, authorise, handle, write.
 * Whatever goes wrong comes back as an answer in the protocol the caller spoke.
 */
import { bodyMaxBytes } from "./body-limit.ts";
import { validationMessage as commonMessage, violationsOf } from "./constraints.ts";
import { decodedBody } from "./content-encoding.ts";
import { AwsError, awsError, serializationError } from "./errors.ts";
import type { Authorization, Operation } from "./operation.ts";
import { parseAuthorization } from "./parse-authorization.ts";
import { parseCbor } from "./read-cbor.ts";
import { readerOf } from "./read-document.ts";
import { documentOf, formValue, parseForm } from "./read-query-form.ts";
import { renderError, renderOutput, type Style } from "./render.ts";
import { operationSchemas } from "./schema.ts";
import type { LoadedService, ServiceDefinition } from "./service.ts";
import { isQuery, type Protocol, type WireRequest, type WireResponse } from "./wire.ts";

const TARGET_MAX_CHARS = 256;

export interface Route {
  readonly service: string;
  readonly operation: string;
  readonly signingName: string;
}

export interface DispatchHooks<Context> {
  readonly requestId: string;
  /** Verifies the signature and makes the operation's context; throws AwsError. */
  authenticate(request: WireRequest, route: Route): Promise<Context>;
  /** Throws AwsError unless everything is allowed. */
  authorize(context: Context, wanted: readonly Authorization[]): Promise<void> | void;
}

/** The answer, and what one log line wants to know of it. */
export interface Dispatched {
  readonly response: WireResponse;
  readonly route: Route | null;
  /** What went wrong; `cause` holds an unexpected error that the caller was not told. */
  readonly error: AwsError | null;
}

export type Dispatch<Context> = (request: WireRequest, hooks: DispatchHooks<Context>) => Promise<Dispatched>;

export function createRouter<Context>(services: readonly ServiceDefinition<Context>[]): Dispatch<Context> {
  const loaded = new Map<string, Promise<LoadedService<Context>>>();
  const load = (service: ServiceDefinition<Context>) => {
    let promise = loaded.get(service.name);
    if (!promise) {
      promise = service.load().then((module) => ({ ...service, ...module }));
      // A failed import is tried again by the next request.
      promise.catch(() => loaded.delete(service.name));
      loaded.set(service.name, promise);
    }
    return promise;
  };
  return async (request, hooks) => {
    let style: Style = { protocol: guessProtocol(request) };
    let route: Route | null = null;
    try {
      const maxBytes = bodyMaxBytes(services, request.headers["x-amz-target"]);
      if (request.body.length > maxBytes) throw tooLarge(maxBytes);
      const body = decodedBody(request, maxBytes, () => tooLarge(maxBytes));
      const found = findService(services, { ...request, body });
      style = { ...found.service, protocol: found.protocol };
      const service = await load(found.service);
      route = { service: service.name, operation: found.operation, signingName: service.signingName };
      const operation = findOperation(service, found.operation);
      const context = await hooks.authenticate(request, route);
      const input = readInput(service, operation, body, found);
      await hooks.authorize(context, await operation.authorize(input, context));
      const output = await operation.handle(input, context);
      return { response: renderOutput(style, operation, output, hooks.requestId), route, error: null };
    } catch (thrown) {
      const error = asAwsError(thrown);
      return { response: renderError(style, error, hooks.requestId), route, error };
    }
  };
}

/** For errors that come before the service is known. */
function guessProtocol(request: WireRequest) {
  const form = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  const target = request.headers["x-amz-target"];
  if (isCbor(request)) return "rpcV2Cbor";
  return target === undefined && (form || /(^|&)Action=/.test(request.query)) ? "query" : "awsJson1.1";
}

const tooLarge = (maxBytes: number) =>
  awsError("RequestEntityTooLargeException", `The request body is larger than ${maxBytes} bytes.`, 413);

/** An unexpected error becomes AWS's own internal failure; its details stay in our log. */
function asAwsError(thrown: unknown): AwsError {
  if (thrown instanceof AwsError) return thrown;
  return new AwsError("ServerException", "Service Unavailable. Please try again later.", 500, {
    cause: thrown,
  });
}

interface Found<Context> {
  readonly service: ServiceDefinition<Context>;
  readonly operation: string;
  /** The one the request speaks, of those that the service understands. */
  readonly protocol: Protocol;
  readonly form: ReturnType<typeof parseForm> | null;
}

function findService<Context>(
  services: readonly ServiceDefinition<Context>[],
  request: WireRequest,
): Found<Context> {
  if (isCbor(request)) return findByPath(services, request.path);
  const target = request.headers["x-amz-target"];
  if (target !== undefined) return findByTarget(services, target);
  if (request.method !== "POST" && request.query === "")
    throw unknownOperation(`${request.method} ${request.path}`);
  const form = parseForm(request.body.length > 0 ? utf8(request.body) : request.query);
  const action = formValue(form, "Action");
  if (action === undefined) throw unknownOperation("none");
  // Actions of different services share names: the signature says which service is meant.
  const signed = parseAuthorization(request).service;
  const service = services.find(({ protocol, signingName }) => isQuery(protocol) && signingName === signed);
  if (!service) throw unknownOperation(action);
  const version = formValue(form, "Version");
  if (version !== undefined && version !== service.version) {
    throw awsError("UnknownOperationException", `Could not find operation ${action} for version ${version}`);
  }
  return { service, operation: action, protocol: service.protocol, form };
}

function findByTarget<Context>(
  services: readonly ServiceDefinition<Context>[],
  target: string,
): Found<Context> {
  const [prefix, operation, ...rest] = target.slice(0, TARGET_MAX_CHARS).split(".");
  const service = services.find(
    ({ targetPrefix, queryCompatible }) => (targetPrefix ?? queryCompatible?.name) === prefix,
  );
  if (!service || !operation || rest.length > 0) throw unknownOperation(target);
  const protocol = isQuery(service.protocol) ? "awsJson1.0" : service.protocol;
  return { service, operation, protocol, form: null };
}

const isCbor = ({ headers }: WireRequest) => headers["smithy-protocol"] === "rpc-v2-cbor";
const CBOR_PATH = /^\/service\/([A-Za-z0-9_]{1,128})\/operation\/([A-Za-z0-9_]{1,128})$/;

function findByPath<Context>(services: readonly ServiceDefinition<Context>[], path: string): Found<Context> {
  const [, name, operation] = CBOR_PATH.exec(path) ?? [];
  const service = services.find(({ queryCompatible }) => queryCompatible?.name === name);
  if (!name || !operation || !service) throw unknownOperation(path);
  return { service, operation, protocol: "rpcV2Cbor", form: null };
}

const unknownOperation = (name: string) =>
  awsError(
    "UnknownOperationException",
    `The operation ${name.slice(0, TARGET_MAX_CHARS)} is not known to this server.`,
  );

function findOperation<Context>(service: LoadedService<Context>, name: string): Operation<Context> {
  const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (operation) return operation;
  if (Object.hasOwn(service.unsupported, name)) {
    throw awsError(
      "UnsupportedOperationException",
      `${service.name} ${name} is not supported by this server (${service.unsupported[name]}).`,
    );
  }
  throw unknownOperation(name);
}

function readInput<Context>(
  service: LoadedService<Context>,
  operation: Operation<Context>,
  body: Uint8Array,
  { protocol, form }: Found<Context>,
): unknown {
  const { name, input: schema } = operationSchemas(operation.schema);
  const { validationCode, missingCode = validationCode, validationMessage = commonMessage } = service;
  const options = { keepUnknown: operation.keepUnknown, missingCode, validationMessage };
  const document = form ? documentOf(form, schema, protocol) : parseBody(protocol, body);
  if (schema.isUnitSchema()) return {};
  const input = readerOf(schema)(document, "", 0, options);
  const violations = violationsOf(service.constraints, name, input);
  if (violations.length > 0) throw awsError(validationCode, validationMessage(violations));
  return input;
}

const parseBody = (protocol: Protocol, body: Uint8Array) =>
  protocol === "rpcV2Cbor" ? parseCbor(body) : parseJson(body);

function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(utf8(body));
  } catch (cause) {
    if (cause instanceof AwsError) throw cause;
    throw new AwsError("SerializationException", "The request body is not valid JSON.", 400, { cause });
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function utf8(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch {
    throw serializationError("The request body is not valid UTF-8.");
  }
}
