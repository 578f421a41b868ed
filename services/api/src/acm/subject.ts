/** The certificate a request is about: found by ARN, held while it is changed, and who may do what with it. */
import type { Tag as AcmTag } from "@aws-sdk/client-acm";
import type { Authorization } from "@roadstead/aws-protocol/operation";
import { type CertificateRow, findCertificate, lockCertificate } from "@roadstead/db/certificates";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { parseCertificateArn } from "@roadstead/model/certificate-arn";
import type { ApiContext } from "../context.ts";
import { acmErrors } from "./errors.ts";
import { requestTagKeys } from "./tags.ts";

type Arn = string | undefined;

/** Null when the certificate is of another account or region. */
function idOf({ scope }: ApiContext, arn: Arn): string | null {
  const parsed = parseCertificateArn(arn ?? "");
  if (!parsed) throw acmErrors.invalidArn(arn ?? "");
  const { accountId, region } = parsed.place;
  return accountId === scope.accountId && region === scope.region ? parsed.id : null;
}

export async function existingCertificate(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  arn: Arn,
): Promise<CertificateRow> {
  const id = idOf(ctx, arn);
  const row = id === null ? null : await findCertificate(tx, ctx.scope.id, id);
  if (!row) throw acmErrors.notFound(arn ?? "");
  return row;
}

export async function heldCertificate(tx: WriteTx, ctx: ApiContext, arn: Arn): Promise<CertificateRow> {
  const id = idOf(ctx, arn);
  const row = id === null ? null : await lockCertificate(tx, ctx.scope.id, id);
  if (!row) throw acmErrors.notFound(arn ?? "");
  return row;
}

/** The action on the certificate, with the tags it has and those of the request. */
export const authorizeCertificate =
  (operation: string) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: {
      readonly CertificateArn?: string | undefined;
      readonly Tags?: readonly AcmTag[] | undefined;
    };
    readonly ctx: ApiContext;
  }): Promise<Authorization> => {
    const parsed = parseCertificateArn(input.CertificateArn ?? "");
    const row = parsed ? await findCertificate(ctx.db, ctx.scope.id, parsed.id) : null;
    const tags = Object.fromEntries(
      (row?.tags ?? []).map(({ key, value }) => [`aws:ResourceTag/${key}`, value]),
    );
    return {
      action: `acm:${operation}`,
      resource: input.CertificateArn ?? "*",
      context: { ...tags, ...requestTagKeys(input.Tags) },
    };
  };
