/** secretsmanager:DeleteSecret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html */
import { DeleteSecret$, type DeleteSecretCommand } from "@aws-sdk/client-secrets-manager";
import { deleteSecret as deleteRow, scheduleDeletion } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { secretErrors } from "./errors.ts";
import { authorizeSecret, existingSecret, secretArn } from "./subject.ts";

const WINDOW_MIN_DAYS = 7;
const WINDOW_MAX_DAYS = 30;

export const deleteSecret = operation<DeleteSecretCommand>(DeleteSecret$, {
  authorize: authorizeSecret("secretsmanager:DeleteSecret"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
      if (force && days !== undefined) {
        throw secretErrors.invalid(
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        );
      }
      if (days !== undefined && (days < WINDOW_MIN_DAYS || days > WINDOW_MAX_DAYS)) {
        throw secretErrors.invalid(
          `The RecoveryWindowInDays value must be between ${WINDOW_MIN_DAYS} and ${WINDOW_MAX_DAYS} days (inclusive).`,
        );
      }
      const secret = await existingSecret(tx, ctx, input.SecretId);
      if (secret.deleteAt && !force) throw secretErrors.markedForDeletion();
      const shown = { ARN: secretArn(ctx.scope, secret), Name: secret.name };
      if (force) {
        await deleteRow(tx, secret.id);
        return { ...shown, DeletionDate: new Date() };
      }
      const at = await scheduleDeletion(tx, secret.id, days ?? WINDOW_MAX_DAYS);
      return { ...shown, ...(at ? { DeletionDate: at } : {}) };
    }),
});
