/** What an instance must have for a launch type; the scheduler places by it and the deployer counts daemons by it. */
import type { RequiredAttribute } from "./snapshot.ts";

/** Only machines that joined from outside run EXTERNAL tasks. */
const EXTERNAL: RequiredAttribute = { name: "ecs.capability.external" };

export const wantedAttributes = (
  launchType: string,
  ofDefinition: readonly RequiredAttribute[],
): readonly RequiredAttribute[] => (launchType === "EXTERNAL" ? [...ofDefinition, EXTERNAL] : ofDefinition);
