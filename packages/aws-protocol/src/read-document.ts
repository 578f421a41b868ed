/**
 * Reads a decoded document as the SDK's schema describes it: the one reader of every protocol. Wrong types are
 * refused, required members must be there, depth is bounded, unknown members are dropped (or kept raw).
 */
import type { NormalizedSchema } from "@smithy/core/schema";
import { awsError, serializationError } from "./errors.ts";
import { requiredMembers } from "./schema.ts";

const DEPTH_MAX = 64;

export interface ReadOptions {
  /** Agents send members the public model does not have. */
  readonly keepUnknown: boolean;
  /** Code of the error for a missing required member. */
  readonly validationCode: string;
}

type Reader = (value: unknown, path: string, depth: number, options: ReadOptions) => unknown;

const readers = new WeakMap<object, Reader>();

/** The reader of a schema, made once. */
export function readerOf(schema: NormalizedSchema): Reader {
  const identity = schema.getSchema();
  if (typeof identity !== "object" || identity === null) return makeReader(schema);
  let reader = readers.get(identity);
  if (!reader) {
    // Set before it is made: schemas refer to themselves.
    let made: Reader | undefined;
    const lazy: Reader = (value, path, depth, options) => {
      made ??= makeReader(schema);
      return made(value, path, depth, options);
    };
    readers.set(identity, lazy);
    reader = lazy;
  }
  return reader;
}

function makeReader(schema: NormalizedSchema): Reader {
  if (schema.isStructSchema()) return structReader(schema);
  if (schema.isListSchema()) return listReader(schema);
  if (schema.isMapSchema()) return mapReader(schema);
  if (schema.isDocumentSchema()) return (value) => value;
  return scalarReader(schema);
}

function structReader(schema: NormalizedSchema): Reader {
  const members = new Map([...schema.structIterator()].map(([name, member]) => [name, readerOf(member)]));
  const required = requiredMembers(schema);
  return (value, path, depth, options) => {
    const source = objectAt(value, path, depth);
    const result: Record<string, unknown> = {};
    for (const name of Object.keys(source)) {
      const member = source[name];
      if (member === null || member === undefined) continue;
      const reader = members.get(name);
      if (reader) result[name] = reader(member, join(path, name), depth + 1, options);
      else if (options.keepUnknown && name !== "__proto__") result[name] = member;
    }
    for (const name of required) {
      if (result[name] === undefined) throw missingMember(join(path, name), options);
    }
    return result;
  };
}

function listReader(schema: NormalizedSchema): Reader {
  const item = readerOf(schema.getValueSchema());
  return (value, path, depth, options) => {
    if (!Array.isArray(value)) throw wrongType(value, "a List", path);
    checkDepth(depth);
    return value
      .filter((element) => element !== null)
      .map((element, index) => item(element, `${path}.${index + 1}.member`, depth + 1, options));
  };
}

function mapReader(schema: NormalizedSchema): Reader {
  const entry = readerOf(schema.getValueSchema());
  return (value, path, depth, options) => {
    const source = objectAt(value, path, depth);
    const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, member] of Object.entries(source)) {
      if (member !== null) result[key] = entry(member, `${path}.${key}`, depth + 1, options);
    }
    return { ...result };
  };
}

function scalarReader(schema: NormalizedSchema): Reader {
  if (schema.isStringSchema()) return expecting("string", "a String");
  if (schema.isBooleanSchema()) return expecting("boolean", "a Boolean");
  if (schema.isTimestampSchema()) return readTimestamp;
  if (schema.isBlobSchema()) return readBlob;
  if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema())
    return readNumber;
  return (value) => value;
}

const expecting =
  (type: "string" | "boolean", name: string): Reader =>
  (value, path) => {
    if (typeof value !== type) throw wrongType(value, name, path);
    return value;
  };

const readNumber: Reader = (value, path) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrongType(value, "a Number", path);
  return value;
};

/** Seconds since the epoch in JSON, ISO 8601 in query forms. */
const readTimestamp: Reader = (value, path) => {
  const millis =
    typeof value === "number" ? value * 1_000 : typeof value === "string" ? Date.parse(value) : Number.NaN;
  const date = new Date(millis);
  if (Number.isNaN(date.getTime())) throw wrongType(value, "a Timestamp", path);
  return date;
};

const readBlob: Reader = (value, path) => {
  if (typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
    throw wrongType(value, "a Blob", path);
  return new Uint8Array(Buffer.from(value, "base64"));
};

function objectAt(value: unknown, path: string, depth: number): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrongType(value, "an Object", path);
  checkDepth(depth);
  return value as Record<string, unknown>;
}

function checkDepth(depth: number): void {
  if (depth > DEPTH_MAX)
    throw serializationError(`The request is nested more than ${DEPTH_MAX} levels deep.`);
}

const join = (path: string, name: string) => (path === "" ? name : `${path}.${name}`);

const TOKENS: Readonly<Record<string, string>> = {
  string: "STRING_VALUE",
  number: "NUMBER_VALUE",
  boolean: "BOOLEAN_VALUE",
};

function wrongType(value: unknown, wanted: string, path: string) {
  const token = Array.isArray(value) ? "START_ARRAY" : (TOKENS[typeof value] ?? "START_OBJECT");
  return serializationError(
    `${token} can not be converted to ${wanted}${path === "" ? "" : ` at '${path}'`}`,
  );
}

const missingMember = (path: string, { validationCode }: ReadOptions) =>
  awsError(
    validationCode,
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
