/** How large a request's body may be; the router asks before it reads one, and a port before it takes one in. */
import type { ServiceDefinition } from "./service.ts";

/** Most of AWS's services refuse bodies well below this. */
const BODY_MAX_BYTES = 1024 * 1024;

export function bodyMaxBytes(
  services: readonly Pick<ServiceDefinition<never>, "targetPrefix" | "bodyMaxBytes">[],
  target: string | undefined,
): number {
  const prefix = target?.split(".", 1)[0];
  const service = prefix === undefined ? undefined : services.find((one) => one.targetPrefix === prefix);
  return service?.bodyMaxBytes ?? BODY_MAX_BYTES;
}
