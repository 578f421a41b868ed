/** Every STS operation this server performs, by its AWS name. */
import { getCallerIdentity } from "./get-caller-identity.ts";

export const operations = {
  GetCallerIdentity: getCallerIdentity,
} as const;
