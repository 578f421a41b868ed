/** Declares queues and their messages; the files beside this one use it, `queue` rings and consumes what they declare. */
import type { z } from "zod";

/** Says which object to look at, and nothing else: the last of several is as good as all of them. */
export interface Doorbell<Message> {
  readonly kind: "doorbell";
  readonly schema: z.ZodType<Message>;
  /** The object's identity: at most one run per key at a time. It is also the key of the bell's row. */
  readonly key: (message: Message) => string;
  /** The message of a bell's row. */
  readonly fromKey: (key: string) => Message;
}

/** Carries state with a sequence number: each one counts, so they are never merged. */
export interface DataMessage<Message> {
  readonly kind: "data";
  readonly schema: z.ZodType<Message>;
}

/** Either kind of message, whatever it carries. */
export interface AnyMessage {
  readonly kind: "doorbell" | "data";
  readonly schema: z.ZodType;
}

/** A doorbell whose message type is not known here: the queue routes by name and leaves the rest to handlers. */
export interface AnyDoorbell extends AnyMessage {
  readonly kind: "doorbell";
  readonly key: (message: never) => string;
  readonly fromKey: (key: string) => unknown;
}

type Messages = Readonly<Record<string, AnyMessage>>;

export interface QueueCatalog<Name extends string = string, Declared extends Messages = Messages> {
  readonly name: Name;
  readonly messages: Declared;
}

export type MessageOf<M> = M extends Doorbell<infer T> ? T : M extends DataMessage<infer T> ? T : never;

/** Names of a catalog's doorbells: a consumer must handle each. */
export type DoorbellNames<Catalog extends QueueCatalog> = {
  [Name in keyof Catalog["messages"]]: Catalog["messages"][Name] extends {
    readonly kind: "doorbell";
  }
    ? Name
    : never;
}[keyof Catalog["messages"]] &
  string;

export function doorbell<Schema extends z.ZodType>(
  schema: Schema,
  identity: {
    readonly key: (message: z.output<Schema>) => string;
    readonly fromKey: (key: string) => z.output<Schema>;
  },
): Doorbell<z.output<Schema>> {
  return {
    kind: "doorbell",
    schema: schema as z.ZodType<z.output<Schema>>,
    ...identity,
  };
}

export function data<Schema extends z.ZodType>(schema: Schema): DataMessage<z.output<Schema>> {
  return { kind: "data", schema: schema as z.ZodType<z.output<Schema>> };
}

export function queue<const Name extends string, Declared extends Messages>(
  name: Name,
  messages: Declared,
): QueueCatalog<Name, Declared> {
  return { name, messages };
}

export const isDoorbell = (message: AnyMessage): message is AnyDoorbell => message.kind === "doorbell";
