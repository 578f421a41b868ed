/** Checks `placementConstraints` and `placementStrategy` of a request and writes them as placement reads them. */
import type { PlacementConstraint, PlacementStrategy } from "@aws-sdk/client-ecs";
import type { LaunchParameters } from "@roadstead/db/schema/task";
import { parseExpression } from "@roadstead/placement/query-language";
import { ecsErrors } from "./errors.ts";

const CONSTRAINTS_MAX = 10;
const STRATEGIES_MAX = 5;
const BINPACK_FIELDS = ["cpu", "memory"];

export const checkedPlacement = (input: {
  readonly placementConstraints?: PlacementConstraint[] | undefined;
  readonly placementStrategy?: PlacementStrategy[] | undefined;
}): Omit<LaunchParameters, "assignments"> => {
  const constraints = input.placementConstraints ?? [];
  const strategies = input.placementStrategy ?? [];
  if (constraints.length > CONSTRAINTS_MAX) throw ecsErrors.tooMany("Placement constraints", CONSTRAINTS_MAX);
  if (strategies.length > STRATEGIES_MAX) throw ecsErrors.tooMany("Placement strategies", STRATEGIES_MAX);
  return { constraints: constraints.map(checkedConstraint), strategy: strategies.map(checkedStrategy) };
};

function checkedConstraint({
  type,
  expression,
}: PlacementConstraint): LaunchParameters["constraints"][number] {
  if (type === "distinctInstance") {
    if (expression)
      throw ecsErrors.invalidParameter("A distinctInstance constraint cannot have an expression.");
    return { type };
  }
  if (type !== "memberOf")
    throw ecsErrors.invalidParameter(
      "Placement constraint type should be one of [distinctInstance,memberOf]",
    );
  const parsed = parseExpression(expression ?? "");
  if (!parsed.ok) throw ecsErrors.invalidParameter(`Invalid constraint expression: ${parsed.error}`);
  return { type, expression: expression ?? "" };
}

/** AWS answers `field` in one spelling: lower-case resource names, `instanceId` for `host`. */
function checkedStrategy({ type, field }: PlacementStrategy): LaunchParameters["strategy"][number] {
  switch (type) {
    case "random":
      return { type };
    case "binpack": {
      const normalised = (field ?? "").toLowerCase();
      if (!BINPACK_FIELDS.includes(normalised))
        throw ecsErrors.invalidParameter("binpack field should be one of [cpu,memory]");
      return { type, field: normalised };
    }
    case "spread": {
      const spread = field === "host" || field?.toLowerCase() === "instanceid" ? "instanceId" : (field ?? "");
      if (spread !== "instanceId" && !/^attribute:.+/.test(spread)) {
        throw ecsErrors.invalidParameter("spread field should be instanceId, host or attribute:<name>");
      }
      return { type, field: spread };
    }
    default:
      throw ecsErrors.invalidParameter("Placement strategy type should be one of [random,spread,binpack]");
  }
}
