/** Checks the names of load balancers and target groups, in AWS's words. */
import { elbErrors } from "./errors.ts";

const NAME_MAX_CHARS = 32;

export function readName(kind: "load balancer" | "target group", name: string): string {
  const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} name '${name}'`;
  if (name === "") throw elbErrors.validation(`A ${kind} name must be specified`);
  if (name.length > NAME_MAX_CHARS) {
    throw elbErrors.validation(`${title} cannot be longer than '${NAME_MAX_CHARS}' characters`);
  }
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw elbErrors.validation(
      `${title} can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  }
  if (name.startsWith("-") || name.endsWith("-")) {
    throw elbErrors.validation(`${title} cannot begin or end with a hyphen(-)`);
  }
  if (kind === "load balancer" && name.startsWith("internal-")) {
    throw elbErrors.validation(`${title} cannot begin with 'internal-'`);
  }
  return name;
}
