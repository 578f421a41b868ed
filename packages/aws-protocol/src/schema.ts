/** What we read of the SDK's runtime schemas: the one internal of the SDK that this package relies on. */

import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";

const STRUCT_REQUIRED_COUNT = 6;
const STRUCT_MEMBER_NAMES = 4;

/** Names of the members that must be present: the schema lists them first and says how many they are. */
export function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const struct = schema.getSchema() as readonly unknown[];
  const names = struct[STRUCT_MEMBER_NAMES];
  const count = struct[STRUCT_REQUIRED_COUNT];
  if (!Array.isArray(names) || typeof count !== "number") return [];
  return names.slice(0, count) as string[];
}

export interface OperationSchemas {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

/** Resolves the thunks of an operation's schema. */
export function operationSchemas(schema: StaticOperationSchema): OperationSchemas {
  const [, , name, , input, output] = schema;
  return { name, input: NormalizedSchema.of(input as never), output: NormalizedSchema.of(output as never) };
}
