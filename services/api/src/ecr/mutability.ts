/** Checks a tag mutability setting, which two operations take. */
import type { ImageTagMutability, ImageTagMutabilityExclusionFilter } from "@aws-sdk/client-ecr";
import type { MutabilitySetting } from "@roadstead/db/repositories";
import { ecrErrors } from "./errors.ts";

const MEMBER = "imageTagMutabilityExclusionFilters";

/** Filters are for, and needed by, the settings that have exclusions. */
export function checkedMutability(
  mutability: ImageTagMutability | undefined,
  filters: readonly ImageTagMutabilityExclusionFilter[] | undefined,
): MutabilitySetting {
  const tagMutability = mutability ?? "MUTABLE";
  const excludes = tagMutability.endsWith("_WITH_EXCLUSION");
  if (excludes && !filters?.length) {
    throw ecrErrors.invalidParameter(MEMBER, `must be specified when imageTagMutability is ${tagMutability}`);
  }
  if (!excludes && filters?.length) {
    throw ecrErrors.invalidParameter(
      MEMBER,
      `must not be specified when imageTagMutability is ${tagMutability}`,
    );
  }
  return {
    tagMutability,
    tagMutabilityExclusionFilters: (filters ?? []).map(({ filter = "" }) => ({
      filterType: "WILDCARD",
      filter,
    })),
  };
}
