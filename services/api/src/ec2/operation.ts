/** `operation()` for EC2, whose every operation may be asked whether it would be allowed and nothing more. */
import type { OperationFor } from "@roadstead/aws-protocol/operation";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { ec2Errors } from "./errors.ts";

/** Authorisation came before: a dry run that gets here would have been performed. */
export const ec2Operation: OperationFor<ApiContext> = (schema, definition) =>
  operation(schema, {
    authorize: definition.authorize as never,
    handle: async (args: { readonly input: { readonly DryRun?: boolean }; readonly ctx: ApiContext }) => {
      if (args.input.DryRun) throw ec2Errors.dryRun();
      return (await definition.handle(args as never)) as never;
    },
  } as never);
