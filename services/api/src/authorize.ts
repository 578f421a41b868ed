/** Refuses what a caller may not do, as AWS's error. */
import { type Occasion, refusal } from "@roadstead/access/authorize";
import { awsError } from "@roadstead/aws-protocol/errors";
import type { Authorization } from "@roadstead/aws-protocol/operation";
import type { Caller } from "./context.ts";

/** Throws AccessDeniedException for the first thing the caller may not do. */
export function authorize(caller: Caller, wanted: readonly Authorization[], occasion: Occasion): void {
  const message = refusal(caller, wanted, occasion);
  if (message !== null) throw awsError("AccessDeniedException", message);
}
