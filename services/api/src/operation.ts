/** `operation()` bound to this API's context; each AWS operation is one file that calls it. */
import { operationFactory } from "@roadstead/aws-protocol/operation";
import type { ApiContext } from "./context.ts";

export const operation = operationFactory<ApiContext>();
