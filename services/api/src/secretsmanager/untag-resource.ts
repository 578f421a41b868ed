/** secretsmanager:UntagResource. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html */
import { UntagResource$, type UntagResourceCommand } from "@aws-sdk/client-secrets-manager";
import { updateSecret } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { authorizeSecret, usableSecret } from "./subject.ts";

export const untagResource = operation<UntagResourceCommand>(UntagResource$, {
  authorize: authorizeSecret("secretsmanager:UntagResource"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const secret = await usableSecret(tx, ctx, input.SecretId);
      const tags = secret.tags.filter(({ key }) => !input.TagKeys?.includes(key));
      await updateSecret(tx, secret.id, { ...secret, tags });
      return {};
    }),
});
