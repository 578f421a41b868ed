/** Reduces a botocore model to what constrains an operation's input; the extractor writes it. */
import {
  compilePattern,
  type ServiceConstraints,
  type ShapeConstraint,
  type ShapeNode,
} from "@roadstead/aws-protocol/constraints";

interface BotocoreShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

export interface BotocoreModel {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

const NUMBERS = new Set(["float", "double"]);
/** Always kept: that a number is whole is a constraint too. */
const WHOLE_NUMBERS = new Set(["integer", "long"]);

/** Keeps only shapes that an input reaches and that constrain something, themselves or below. */
export function constraintsOf(model: BotocoreModel): {
  readonly constraints: ServiceConstraints;
  readonly skippedPatterns: readonly string[];
} {
  const skipped = new Set<string>();
  const useful = usefulShapes(model, skipped);
  const inputs = Object.entries(model.operations).flatMap(([name, { input }]) =>
    input && useful.has(input.shape) ? [[name, input.shape] as const] : [],
  );
  const reached = new Set<string>();
  const reach = (name: string) => {
    if (reached.has(name) || !useful.has(name)) return;
    reached.add(name);
    for (const next of childrenOf(model.shapes[name])) reach(next);
  };
  for (const [, shape] of inputs) reach(shape);
  const shapes = [...reached].sort().map((name) => [name, nodeOf(model, name, useful, skipped)] as const);
  return {
    constraints: { inputs: Object.fromEntries(inputs), shapes: Object.fromEntries(shapes) },
    skippedPatterns: [...skipped].sort(),
  };
}

const childrenOf = (shape: BotocoreShape | undefined): readonly string[] => [
  ...Object.values(shape?.members ?? {}).map((member) => member.shape),
  ...(shape?.member ? [shape.member.shape] : []),
  ...(shape?.value ? [shape.value.shape] : []),
];

/** The least fixed point: a shape is useful when it constrains something or leads to one that does. */
function usefulShapes(model: BotocoreModel, skipped: Set<string>): ReadonlySet<string> {
  const useful = new Set<string>();
  for (const [name, shape] of Object.entries(model.shapes)) {
    if (WHOLE_NUMBERS.has(shape.type) || Object.keys(constraintOf(shape, skipped)).length > 0)
      useful.add(name);
  }
  for (let before = -1; before !== useful.size; ) {
    before = useful.size;
    for (const [name, shape] of Object.entries(model.shapes)) {
      if (childrenOf(shape).some((child) => useful.has(child))) useful.add(name);
    }
  }
  return useful;
}

function constraintOf(shape: BotocoreShape, skipped: Set<string>): ShapeConstraint {
  const { min, max, pattern } = shape;
  const usable = pattern !== undefined && compiles(pattern);
  if (pattern !== undefined && !usable) skipped.add(pattern);
  return {
    ...(min !== undefined && !(min === 0 && !NUMBERS.has(shape.type) && !WHOLE_NUMBERS.has(shape.type))
      ? { min }
      : {}),
    ...(max !== undefined ? { max } : {}),
    ...(usable ? { pattern } : {}),
    ...(shape.enum ? { enum: shape.enum } : {}),
  };
}

/** Models write Java patterns; those that mean nothing here are left to the operation. */
function compiles(pattern: string): boolean {
  try {
    compilePattern(pattern);
    return true;
  } catch {
    return false;
  }
}

function nodeOf(
  model: BotocoreModel,
  name: string,
  useful: ReadonlySet<string>,
  skipped: Set<string>,
): ShapeNode {
  const shape = model.shapes[name] as BotocoreShape;
  const constraint = constraintOf(shape, skipped);
  switch (shape.type) {
    case "structure": {
      const members = Object.entries(shape.members ?? {}).filter(([, member]) => useful.has(member.shape));
      return {
        kind: "struct",
        members: Object.fromEntries(members.map(([key, member]) => [key, member.shape])),
      };
    }
    case "list":
      return {
        kind: "list",
        ...constraint,
        ...(useful.has(shape.member?.shape ?? "") ? { member: shape.member?.shape ?? "" } : {}),
      };
    case "map":
      return {
        kind: "map",
        ...constraint,
        ...(useful.has(shape.value?.shape ?? "") ? { value: shape.value?.shape ?? "" } : {}),
      };
    case "integer":
    case "long":
      return { kind: shape.type, ...constraint };
    default:
      return { kind: NUMBERS.has(shape.type) ? "number" : "string", ...constraint };
  }
}
