/** Turns a query protocol's form body into a document the reader understands, guided by the operation's schema. */
import type { NormalizedSchema } from "@smithy/core/schema";
import { serializationError } from "./errors.ts";
import type { Protocol } from "./wire.ts";

const PARAMETERS_MAX = 10_000;
const DEPTH_MAX = 64;

interface FormNode {
  value: string | undefined;
  readonly children: Map<string, FormNode>;
}

/** `Action=X&A.member.1.B=c` → the tree of its dotted names. */
export function parseForm(body: string): FormNode {
  const root: FormNode = { value: undefined, children: new Map() };
  const pairs = body.split("&");
  if (pairs.length > PARAMETERS_MAX) throw serializationError("The request has too many parameters.");
  for (const pair of pairs) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const parts = name.split(".");
    if (parts.length > DEPTH_MAX) throw serializationError("The request is nested too deeply.");
    let node = root;
    for (const part of parts) {
      let child = node.children.get(part);
      if (!child) {
        child = { value: undefined, children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = equals < 0 ? "" : decode(pair.slice(equals + 1));
  }
  return root;
}

export const formValue = (form: FormNode, name: string) => form.children.get(name)?.value;

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (cause) {
    throw serializationError(`The request has a malformed percent-encoding: ${(cause as Error).message}`);
  }
}

/** How a protocol names members and writes lists. */
interface FormStyle {
  nameOf(member: NormalizedSchema, name: string): string;
  /** Whether items stand under the list itself, and not under a name of their own. */
  isFlattened(schema: NormalizedSchema): boolean;
}

const queryStyle: FormStyle = {
  nameOf: wireName,
  isFlattened: (schema) => Boolean(schema.getMergedTraits().xmlFlattened),
};

/** EC2 has names of its own for forms, begins the others with a capital, and flattens every list. */
const ec2Style: FormStyle = {
  nameOf(member, name) {
    const { ec2QueryName } = member.getMergedTraits();
    if (typeof ec2QueryName === "string") return ec2QueryName;
    const xmlName = wireName(member, name);
    return xmlName.charAt(0).toUpperCase() + xmlName.slice(1);
  },
  isFlattened: () => true,
};

/** The document of a struct; members are found by their wire name. */
export const documentOf = (node: FormNode, schema: NormalizedSchema, protocol: Protocol): unknown =>
  readValue(node, schema, protocol === "ec2Query" ? ec2Style : queryStyle);

function readValue(node: FormNode, schema: NormalizedSchema, style: FormStyle): unknown {
  if (schema.isStructSchema()) {
    const document: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const child = node.children.get(style.nameOf(member, name));
      if (child) document[name] = readValue(child, member, style);
    }
    return document;
  }
  if (schema.isListSchema()) return listOf(node, schema, style);
  if (schema.isMapSchema()) return mapOf(node, schema, style);
  if (node.value === undefined) throw serializationError("A parameter has members where a value belongs.");
  return scalarOf(node.value, schema);
}

function wireName(schema: NormalizedSchema, name: string): string {
  return (schema.getMergedTraits().xmlName as string) || name;
}

function items(node: FormNode): readonly FormNode[] {
  return [...node.children]
    .filter(([index]) => /^[1-9][0-9]{0,5}$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

function listOf(node: FormNode, schema: NormalizedSchema, style: FormStyle): unknown {
  // An empty list is written as the bare name with an empty value.
  if (node.children.size === 0) return [];
  const item = schema.getValueSchema();
  const parent = style.isFlattened(schema) ? node : node.children.get(wireName(item, "member"));
  return items(parent ?? node).map((child) => readValue(child, item, style));
}

function mapOf(node: FormNode, schema: NormalizedSchema, style: FormStyle): unknown {
  const parent = style.isFlattened(schema) ? node : node.children.get("entry");
  const [keyName, valueName] = [
    wireName(schema.getKeySchema(), "key"),
    wireName(schema.getValueSchema(), "value"),
  ];
  return Object.fromEntries(
    items(parent ?? node).flatMap((entry) => {
      const value = entry.children.get(valueName);
      return value
        ? [
            [
              entry.children.get(keyName)?.value ?? "",
              readValue(value, schema.getValueSchema(), style),
            ] as const,
          ]
        : [];
    }),
  );
}

function scalarOf(text: string, schema: NormalizedSchema): unknown {
  if (schema.isBooleanSchema()) {
    if (text === "true" || text === "false") return text === "true";
    throw serializationError(`'${text.slice(0, 32)}' is not a Boolean`);
  }
  if (schema.isNumericSchema()) {
    const value = Number(text);
    if (!/^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(text) || !Number.isFinite(value))
      throw serializationError(`'${text.slice(0, 32)}' is not a Number`);
    return value;
  }
  return text;
}
