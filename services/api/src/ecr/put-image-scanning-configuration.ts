/**
 * ecr:PutImageScanningConfiguration.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html
 * The wish is kept and shown, so that descriptions of infrastructure hold; whoever asks for findings is refused.
 */
import {
  PutImageScanningConfiguration$,
  type PutImageScanningConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { setScanOnPush } from "@roadstead/db/repositories";
import { operation } from "../operation.ts";
import { authorizeRepository, found, namesOf } from "./repository.ts";

export const putImageScanningConfiguration = operation<PutImageScanningConfigurationCommand>(
  PutImageScanningConfiguration$,
  {
    authorize: authorizeRepository("ecr:PutImageScanningConfiguration"),
    async handle({ input, ctx }) {
      const { repositoryName: name = "" } = input;
      const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
      const row = found(ctx, name, await setScanOnPush(ctx.db, { scopeId: ctx.scope.id, name }, scanOnPush));
      return { ...namesOf(ctx, row), imageScanningConfiguration: { scanOnPush: row.scanOnPush } };
    },
  },
);
