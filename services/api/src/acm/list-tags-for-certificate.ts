/** acm:ListTagsForCertificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_ListTagsForCertificate.html */
import { ListTagsForCertificate$, type ListTagsForCertificateCommand } from "@aws-sdk/client-acm";
import { operation } from "../operation.ts";
import { authorizeCertificate, existingCertificate } from "./subject.ts";
import { renderTags } from "./tags.ts";

export const listTagsForCertificate = operation<ListTagsForCertificateCommand>(ListTagsForCertificate$, {
  authorize: authorizeCertificate("ListTagsForCertificate"),
  async handle({ input, ctx }) {
    const { tags } = await existingCertificate(ctx.db, ctx, input.CertificateArn);
    return { Tags: renderTags(tags) };
  },
});
