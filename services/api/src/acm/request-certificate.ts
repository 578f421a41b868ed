/** acm:RequestCertificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html */
import { RequestCertificate$, type RequestCertificateCommand } from "@aws-sdk/client-acm";
import {
  findCertificateByToken,
  forgetToken,
  insertCertificate,
  listCertificates,
  takeTurn,
} from "@roadstead/db/certificates";
import type { WriteTx } from "@roadstead/db/connect";
import { certificateArn } from "@roadstead/model/certificate-arn";
import { newUuid } from "@roadstead/service-kit/ids";
import {
  type IssuedKeyAlgorithm,
  issueCertificate,
  issuesKeyAlgorithm,
} from "@roadstead/tls/issue-certificate";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { acmErrors } from "./errors.ts";
import { CERTIFICATES_MAX } from "./limits.ts";
import { readCertificate } from "./read-certificate.ts";
import { readTags, requestTagKeys } from "./tags.ts";

/** As long as AWS remembers a token. */
const TOKEN_MS = 60 * 60_000;

type Input = RequestCertificateCommand["input"];

const namesOf = ({
  DomainName = "",
  SubjectAlternativeNames = [],
}: Input): readonly [string, ...string[]] => [
  DomainName,
  ...new Set(SubjectAlternativeNames.filter((name) => name !== DomainName)),
];

function readKeyAlgorithm(input: Input): IssuedKeyAlgorithm {
  if (input.CertificateAuthorityArn !== undefined) {
    throw acmErrors.unsupported("Private certificate authorities are not supported.");
  }
  if (input.ValidationMethod !== undefined && input.ValidationMethod !== "DNS") {
    throw acmErrors.unsupported(`The validation method ${input.ValidationMethod} is not supported.`);
  }
  if (input.Options?.Export === "ENABLED") throw acmErrors.unsupported("Certificates cannot be exported.");
  if (input.ManagedBy !== undefined) throw acmErrors.unsupported(`${input.ManagedBy} is not supported.`);
  const { KeyAlgorithm: keyAlgorithm = "RSA_2048" } = input;
  if (issuesKeyAlgorithm(keyAlgorithm)) return keyAlgorithm;
  throw acmErrors.invalidParameter(`The key algorithm ${keyAlgorithm} cannot be requested.`);
}

/** The certificate that the token made within the hour; later it may make another one. */
async function requested(
  tx: WriteTx,
  ctx: ApiContext,
  request: { readonly clientToken: string; readonly names: readonly string[]; readonly now: Date },
): Promise<string | null> {
  const present = await findCertificateByToken(tx, ctx.scope.id, request.clientToken);
  if (!present) return null;
  if (present.createdAt.getTime() + TOKEN_MS <= request.now.getTime()) {
    await forgetToken(tx, present.id);
    return null;
  }
  if (present.names.join() === request.names.join()) return present.id;
  throw acmErrors.invalidParameter("The idempotency token was used for a request with other names.");
}

export const requestCertificate = operation<RequestCertificateCommand>(RequestCertificate$, {
  authorize: ({ input, ctx }) => ({
    action: "acm:RequestCertificate",
    resource: certificateArn(ctx.scope, "*"),
    context: { "acm:DomainNames": [...namesOf(input)], ...requestTagKeys(input.Tags) },
  }),
  async handle({ input, ctx }) {
    const keyAlgorithm = readKeyAlgorithm(input);
    const tags = readTags(input.Tags);
    const names = namesOf(input);
    const clientToken = input.IdempotencyToken ?? null;
    const now = new Date();
    // Making a key takes its time: not within a transaction.
    const issued = await issueCertificate(await ctx.authority(), { names, keyAlgorithm, now });
    const { keyPem, ...read } = readCertificate({
      certificate: Buffer.from(issued.certificatePem),
      key: Buffer.from(issued.keyPem),
      chain: Buffer.from(issued.chainPem),
      now,
    });
    const id = newUuid();
    const sealedKey = ctx.certificateKeys.seal(keyPem, id);
    const made = await ctx.db.write(async (tx) => {
      await takeTurn(tx, ctx.scope.id);
      const present = clientToken === null ? null : await requested(tx, ctx, { clientToken, names, now });
      if (present !== null) return present;
      if ((await listCertificates(tx, ctx.scope.id)).length >= CERTIFICATES_MAX) {
        throw acmErrors.limitExceeded(CERTIFICATES_MAX);
      }
      const place = { id, scopeId: ctx.scope.id, type: "AMAZON_ISSUED", clientToken } as const;
      await insertCertificate(tx, { ...read, domainName: names[0], names, sealedKey, ...place, tags });
      return id;
    });
    return { CertificateArn: certificateArn(ctx.scope, made) };
  },
});
