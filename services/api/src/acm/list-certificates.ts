/** acm:ListCertificates. https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html */
import { ListCertificates$, type ListCertificatesCommand } from "@aws-sdk/client-acm";
import {
  type CertificateRow,
  listCertificates as listRows,
  usedCertificates,
} from "@roadstead/db/certificates";
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import { certificateArn } from "@roadstead/model/certificate-arn";
import { operation } from "../operation.ts";
import { acmErrors } from "./errors.ts";
import { CERTIFICATES_MAX } from "./limits.ts";
import { renderSummary, statusOf } from "./render.ts";

/** What AWS lists when it is not asked for others. */
const KEY_TYPES_DEFAULT: readonly string[] = ["RSA_1024", "RSA_2048"];

function filterOf(input: ListCertificatesCommand["input"], now: Date): (row: CertificateRow) => boolean {
  const { keyTypes, ...others } = input.Includes ?? {};
  if (Object.values(others).some((filter) => filter !== undefined)) {
    throw acmErrors.unsupported("Certificates can be listed by key type and status only.");
  }
  const types: readonly string[] = keyTypes?.length ? keyTypes : KEY_TYPES_DEFAULT;
  const statuses: readonly string[] | undefined = input.CertificateStatuses;
  return (row) =>
    types.includes(row.keyAlgorithm) && (!statuses?.length || statuses.includes(statusOf(row, now)));
}

export const listCertificates = operation<ListCertificatesCommand>(ListCertificates$, {
  authorize: () => ({ action: "acm:ListCertificates", resource: "*" }),
  async handle({ input, ctx }) {
    const now = new Date();
    const isWanted = filterOf(input, now);
    const { NextToken, MaxItems = CERTIFICATES_MAX, ...filter } = input;
    const place = { scopeId: ctx.scope.id, operation: "ListCertificates", filter };
    const after = NextToken ? openPageToken(ctx.pageTokens, place, NextToken) : "";
    if (after === null) throw acmErrors.validation("The next token is not valid.");
    const { rows, used } = await ctx.db.read(async (tx) => ({
      rows: (await listRows(tx, ctx.scope.id)).filter(isWanted),
      used: await usedCertificates(tx, ctx.scope.id),
    }));
    if (input.SortOrder === "DESCENDING") rows.reverse();
    const from = after === "" ? 0 : rows.findIndex(({ id }) => id === after) + 1;
    const shown = rows.slice(from, from + MaxItems);
    const last = from + MaxItems < rows.length ? shown.at(-1) : undefined;
    return {
      CertificateSummaryList: shown.map((row) =>
        renderSummary(ctx, row, { now, isUsed: used.has(certificateArn(ctx.scope, row.id)) }),
      ),
      NextToken: last && sealPageToken(ctx.pageTokens, place, last.id),
    };
  },
});
