/** Describes an AWS service to the router: how its requests look, and where its operations are. */
import type { ServiceConstraints, ValidationMessage } from "./constraints.ts";
import type { Operation } from "./operation.ts";
import type { Protocol } from "./wire.ts";

export interface ServiceModule<Context> {
  /** Operations that are built, by AWS name. */
  readonly operations: Readonly<Record<string, Operation<Context>>>;
  /** Every other operation of the pinned SDK, with the reason why it is not built. */
  readonly unsupported: Readonly<Record<string, string>>;
  readonly constraints: ServiceConstraints;
}

/** How newer clients speak to a service that began with the query protocol. */
export interface QueryCompatible {
  /** Begins `X-Amz-Target`, and is the service in the path of CBOR. */
  readonly name: string;
  /** The codes of the query protocol, and the shape of each error that is called otherwise there. */
  readonly errorShapes: Readonly<Record<string, string>>;
}

export interface ServiceDefinition<Context> {
  /** As people write it: `ECS`. */
  readonly name: string;
  readonly protocol: Protocol;
  /** JSON protocols: what `X-Amz-Target` starts with. */
  readonly targetPrefix?: string;
  /** Of a query service whose newer clients say the same in JSON 1.0 or CBOR. */
  readonly queryCompatible?: QueryCompatible;
  /** Query protocols: the API version and XML namespace. */
  readonly version?: string;
  readonly xmlNamespace?: string;
  /** The service part of a credential scope. */
  readonly signingName: string;
  /** Code of the error for input that the model forbids. */
  readonly validationCode: string;
  /** Code of the error for a required member that is not there, when it is another. */
  readonly missingCode?: string;
  /** How that error is worded, when it is not as most services word it. */
  readonly validationMessage?: ValidationMessage;
  /** Where it is more than most services take. */
  readonly bodyMaxBytes?: number;
  /** Imported with the first request, so that a process pays only for what it serves. */
  readonly load: () => Promise<ServiceModule<Context>>;
}

export interface LoadedService<Context> extends ServiceDefinition<Context>, ServiceModule<Context> {}
