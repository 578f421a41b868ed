/** Declares an AWS operation: the SDK's schema, who may call it, and what it does. One file each in the api. */
import type { StaticOperationSchema } from "@smithy/types";

/** One thing a caller must be allowed to do. */
export interface Authorization {
  /** e.g. `ecs:RunTask` */
  readonly action: string;
  /** An ARN, or `*` where the action knows no resources. */
  readonly resource: string;
  /** Condition keys of the action itself; the global ones are added by the api. */
  readonly context?: Readonly<Record<string, string | string[]>>;
}

export interface OperationArguments<Input, Context> {
  readonly input: Input;
  readonly ctx: Context;
}

type Awaitable<T> = T | Promise<T>;

export interface OperationDefinition<Input, Output, Context> {
  /** Keeps members that the public model does not have; for what agents call. */
  readonly keepUnknown?: boolean;
  /** Everything that must be allowed; an empty list lets every authenticated caller through. */
  readonly authorize: (
    args: OperationArguments<Input, Context>,
  ) => Awaitable<Authorization | readonly Authorization[]>;
  readonly handle: (args: OperationArguments<Input, Context>) => Promise<Output>;
}

/** An operation as the router runs it, its types settled. */
export interface Operation<Context> {
  readonly schema: StaticOperationSchema;
  readonly keepUnknown: boolean;
  authorize(input: unknown, ctx: Context): Promise<readonly Authorization[]>;
  handle(input: unknown, ctx: Context): Promise<unknown>;
}

/** What a Command of the SDK carries: its input, and the output its middleware resolves to. */
interface SdkCommand {
  readonly input: object;
  resolveMiddleware(...args: never[]): unknown;
}

type InputOf<Command extends SdkCommand> = Command["input"];
type OutputOf<Command extends SdkCommand> =
  ReturnType<Command["resolveMiddleware"]> extends (...args: never[]) => Promise<{ output: infer Output }>
    ? Omit<Output, "$metadata">
    : never;

export type OperationFor<Context> = <Command extends SdkCommand>(
  schema: StaticOperationSchema,
  definition: OperationDefinition<InputOf<Command>, OutputOf<Command>, Context>,
) => Operation<Context>;

/** Binds `operation()` to a server's context type. */
export function operationFactory<Context>(): OperationFor<Context> {
  return (schema, definition) => ({
    schema,
    keepUnknown: definition.keepUnknown ?? false,
    // The one place where a decoded document becomes the typed input its schema promises.
    authorize: async (input, ctx) => {
      const wanted = await definition.authorize({ input: input as never, ctx });
      return Array.isArray(wanted) ? (wanted as readonly Authorization[]) : [wanted as Authorization];
    },
    handle: (input, ctx) => definition.handle({ input: input as never, ctx }),
  });
}
