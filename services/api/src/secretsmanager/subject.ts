/** Which secret a request is about: by name, by ARN, or by an ARN without its random end. */
import type { ReadTx } from "@roadstead/db/connect";
import { findSecret, type SecretRow } from "@roadstead/db/secret-values";
import { type Place, parseArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { secretErrors } from "./errors.ts";

export const secretArn = (
  { accountId, region }: Place,
  { name, suffix }: Pick<SecretRow, "name" | "suffix">,
) => `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix}`;

const SUFFIX = /-[A-Za-z0-9]{6}$/;
const PREFIX = "secret:";

/** Null when there is none. A whole ARN means that very secret, not one that was made anew under its name. */
async function named(
  tx: Pick<ReadTx, "query">,
  { scope }: ApiContext,
  reference: string,
): Promise<SecretRow | null> {
  if (!reference.startsWith("arn:")) return findSecret(tx, scope.id, reference);
  const arn = parseArn(reference);
  if (arn?.service !== "secretsmanager" || !arn.resource.startsWith(PREFIX)) return null;
  if (arn.region !== scope.region || arn.accountId !== scope.accountId) return null;
  const rest = arn.resource.slice(PREFIX.length);
  const whole = SUFFIX.test(rest) ? await findSecret(tx, scope.id, rest.replace(SUFFIX, "")) : null;
  if (whole && secretArn(scope, whole) === reference) return whole;
  return findSecret(tx, scope.id, rest);
}

export async function existingSecret(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  reference: string | undefined,
): Promise<SecretRow> {
  const secret = await named(tx, ctx, reference ?? "");
  if (!secret) throw secretErrors.notFound();
  return secret;
}

/** One that is to be deleted answers nothing but what undoes it. */
export async function usableSecret(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  reference: string | undefined,
): Promise<SecretRow> {
  const secret = await existingSecret(tx, ctx, reference);
  if (secret.deleteAt) throw secretErrors.markedForDeletion();
  return secret;
}

/** An operation on one secret: the action on its ARN, or on what the reference would be the ARN of. */
export const authorizeSecret =
  (action: string) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: { readonly SecretId?: string | undefined };
    readonly ctx: ApiContext;
  }) => {
    const reference = input.SecretId ?? "";
    const secret = await named(ctx.db, ctx, reference);
    const { region, accountId } = ctx.scope;
    const fallback = reference.startsWith("arn:")
      ? reference
      : `arn:aws:secretsmanager:${region}:${accountId}:secret:${reference}`;
    return { action, resource: secret ? secretArn(ctx.scope, secret) : fallback };
  };
