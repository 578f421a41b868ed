/**
 * Reads a decoded document as the SDK's schema describes it: the one reader of every protocol. Wrong types are
 * refused, required members must be there, depth is bounded, unknown members are dropped (or kept raw).
 */
import type { NormalizedSchema } from "@smithy/core/schema";
import type { ValidationMessage } from "./constraints.ts";
import { awsError, serializationError } from "./errors.ts";
import { requiredMembers } from "./schema.ts";

const DEPTH_MAX = 64;

export interface ReadOptions {
  /** Agents send members the public model does not have. */
  readonly keepUnknown: boolean;
  /** Code of the error for a missing required member. */
  readonly missingCode: string;
  readonly validationMessage: ValidationMessage;
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
  if (schema.isDocumentSchema()) return readRaw;
  return scalarReader(schema);
}

function structReader(schema: NormalizedSchema): Reader {
  const members = new Map([...schema.structIterator()].map(([name, member]) => [name, readerOf(member)]));
  const required = requiredMembers(schema);
  return (value, path, depth, options) => {
    const result: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(objectAt(value, path, depth))) {
      const reader = members.get(name) ?? (options.keepUnknown && name !== "__proto__" ? readRaw : null);
      if (reader && isPresent(member)) result[name] = reader(member, join(path, name), depth + 1, options);
    }
    checkRequired(result, required, path, options);
    return result;
  };
}

function checkRequired(
  result: Record<string, unknown>,
  required: readonly string[],
  path: string,
  options: ReadOptions,
): void {
  const missing = required.find((name) => result[name] === undefined);
  if (missing !== undefined) throw missingMember(join(path, missing), options);
}

const isPresent = (value: unknown) => value !== null && value !== undefined;

/** A value no schema describes; only its depth is bounded. */
const readRaw: Reader = (value, path, depth, options) => {
  checkDepth(depth);
  if (typeof value === "object" && value !== null) {
    for (const child of Object.values(value)) readRaw(child, path, depth + 1, options);
  }
  return value;
};

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
      refuseUnstorable(key, path);
      if (member !== null) result[key] = entry(member, `${path}.${key}`, depth + 1, options);
    }
    return { ...result };
  };
}

function scalarReader(schema: NormalizedSchema): Reader {
  if (schema.isStringSchema()) return readString;
  if (schema.isBooleanSchema()) return readBoolean;
  if (schema.isTimestampSchema()) return readTimestamp;
  if (schema.isBlobSchema()) return readBlob;
  if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema())
    return readNumber;
  return (value) => value;
}

const readBoolean: Reader = (value, path) => {
  if (typeof value !== "boolean") throw wrongType(value, "a Boolean", path);
  return value;
};

const readString: Reader = (value, path) => {
  if (typeof value !== "string") throw wrongType(value, "a String", path);
  refuseUnstorable(value, path);
  return value;
};

/** No database column and no command line can hold NUL, or half of a surrogate pair. */
function refuseUnstorable(text: string, path: string): void {
  if (text.includes("\0")) throw serializationError(`The string at '${path}' contains the character U+0000.`);
  if (!text.isWellFormed()) throw serializationError(`The string at '${path}' is not well-formed Unicode.`);
}

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

/** AWS writes member names in lower camel case in its texts, whatever they are on the wire. */
const join = (path: string, name: string) => {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return path === "" ? member : `${path}.${member}`;
};

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

function missingMember(path: string, { missingCode, validationMessage }: ReadOptions) {
  const rule = "Member must not be null";
  const text = `Value null at '${path}' failed to satisfy constraint: ${rule}`;
  return awsError(missingCode, validationMessage([{ path, rule, text }]));
}
