/** Every STS operation this server performs, by its AWS name. */
import { assumeRole } from "./assume-role.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";

export const operations = {
  AssumeRole: assumeRole,
  GetCallerIdentity: getCallerIdentity,
} as const;
