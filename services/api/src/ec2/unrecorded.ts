/** Kinds of resources of which there are none yet: to name one is to name nothing. */
import { ec2Errors } from "./errors.ts";

export function noneOf(ids: readonly string[] | undefined, code: string, what: string): void {
  const [id] = ids ?? [];
  if (id !== undefined) throw ec2Errors.notFound(code, `The ${what} '${id}' does not exist`);
}
