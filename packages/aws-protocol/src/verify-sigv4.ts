/** Verifies Signature Version 4. The api and the gateway call it; it knows keys only through `lookup`. */
import { createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import {
  amzDate,
  type CredentialScope,
  canonicalRequest,
  EMPTY_SHA256,
  hmac,
  sha256Hex,
  signingKey,
  stringToSign,
} from "./canonical-request.ts";
import { awsError } from "./errors.ts";
import { parseAuthorization, type SignatureClaim } from "./parse-authorization.ts";
import type { WireRequest } from "./wire.ts";

const SKEW_MS = 5 * 60_000;
const SIGNING_KEYS_MAX = 10_000;

export interface KeyRecord {
  readonly secretAccessKey: string;
  /** An inactive key is as good as none. */
  readonly active: boolean;
  /** When temporary credentials end. */
  readonly expiresAtMs?: number;
}

export interface VerifiedRequest<Key extends KeyRecord> {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** What temporary credentials came with. */
  readonly sessionToken: string | null;
  readonly key: Key;
}

export interface VerifyOptions<Key extends KeyRecord> {
  readonly now: Date;
  /** Null for a key nobody has. */
  readonly lookup: (accessKeyId: string, sessionToken: string | null) => Promise<Key | null>;
  /** The service the request was routed to; a signature for another one is refused. */
  readonly service: string;
}

export async function verifySigV4<Key extends KeyRecord>(
  request: WireRequest,
  { now, lookup, service }: VerifyOptions<Key>,
): Promise<VerifiedRequest<Key>> {
  const claim = parseAuthorization(request);
  checkScope(claim, service);
  checkTime(claim, now);
  checkSignedHeaders(claim, request);
  const payloadHash = checkedPayloadHash(request);
  const key = await lookup(claim.accessKeyId, claim.sessionToken);
  if (!key?.active) {
    throw awsError("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  if (key.expiresAtMs !== undefined && key.expiresAtMs <= now.getTime()) {
    throw awsError("ExpiredTokenException", "The security token included in the request is expired");
  }
  const canonical = canonicalRequest(request, {
    headers: claim.signedHeaders,
    query: claim.canonicalQuery,
    payloadHash,
  });
  const expected = hmac(
    cachedSigningKey(claim, key.secretAccessKey),
    stringToSign(claim.timestamp, claim, canonical),
  );
  if (!equalSignatures(claim.signature, expected)) throw signatureMismatch();
  const { accessKeyId, region, sessionToken } = claim;
  return { accessKeyId, region, service: claim.service, sessionToken, key };
}

const signatureMismatch = () =>
  awsError(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );

function equalSignatures(claimed: string, expected: Buffer): boolean {
  if (!/^[0-9a-f]{64}$/.test(claimed)) return false;
  return timingSafeEqual(Buffer.from(claimed, "hex"), expected);
}

function checkScope(claim: SignatureClaim, service: string): void {
  if (claim.service !== service) {
    throw awsError(
      "InvalidSignatureException",
      `Credential should be scoped to correct service: '${service}'.`,
    );
  }
  if (claim.date !== claim.timestamp.slice(0, 8)) {
    throw awsError(
      "InvalidSignatureException",
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.date}' != '${claim.timestamp.slice(0, 8)}', from '${claim.timestamp}'.`,
    );
  }
}

function checkTime({ timestamp, expiresSeconds }: SignatureClaim, now: Date): void {
  const basic = timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  const signedAt = Date.parse(basic);
  const current = amzDate(now);
  if (Number.isNaN(signedAt) || signedAt > now.getTime() + SKEW_MS) {
    throw awsError(
      "InvalidSignatureException",
      `Signature not yet current: ${timestamp} is still later than ${amzDate(new Date(now.getTime() + SKEW_MS))} (${current} + 5 min.)`,
    );
  }
  const goodForMs = expiresSeconds === null ? SKEW_MS : expiresSeconds * 1_000;
  if (signedAt < now.getTime() - goodForMs) {
    throw awsError(
      "InvalidSignatureException",
      `Signature expired: ${timestamp} is now earlier than ${amzDate(new Date(now.getTime() - goodForMs))} (${current} - ${goodForMs / 60_000} min.)`,
    );
  }
}

/** Whoever changes an unsigned header changes nothing that matters: so what matters must be signed. */
function checkSignedHeaders({ signedHeaders }: SignatureClaim, request: WireRequest): void {
  const signed = new Set(signedHeaders);
  const sorted = signedHeaders.every((name, index) => index === 0 || (signedHeaders[index - 1] ?? "") < name);
  const mustSign = Object.keys(request.headers).filter(
    (name) => name.startsWith("x-amz-") && name !== "x-amz-content-sha256",
  );
  const missing = ["host", ...mustSign].find((name) => !signed.has(name));
  if (missing !== undefined || !sorted) {
    throw awsError(
      "InvalidSignatureException",
      missing === undefined
        ? "SignedHeaders must be sorted and unique."
        : `'${missing}' must be a 'SignedHeader' in the AWS Authorization.`,
    );
  }
}

function checkedPayloadHash(request: WireRequest): string {
  const actual = request.body.length === 0 ? EMPTY_SHA256 : sha256Hex(request.body);
  const claimed = request.headers["x-amz-content-sha256"];
  if (claimed !== undefined && claimed !== actual) throw signatureMismatch();
  return actual;
}

const signingKeys = new Map<string, KeyObject>();

/** Deriving a key costs four HMACs; a day's key is remembered, in the form that HMAC takes without preparing it anew. */
function cachedSigningKey(
  scope: CredentialScope & { readonly accessKeyId: string },
  secret: string,
): KeyObject {
  const id = `${scope.accessKeyId} ${secret} ${scope.date} ${scope.region} ${scope.service}`;
  const cached = signingKeys.get(id);
  if (cached) {
    // Last used, last forgotten.
    signingKeys.delete(id);
    signingKeys.set(id, cached);
    return cached;
  }
  const [oldest] = signingKeys.keys();
  if (signingKeys.size >= SIGNING_KEYS_MAX && oldest !== undefined) signingKeys.delete(oldest);
  const key = createSecretKey(signingKey(secret, scope));
  signingKeys.set(id, key);
  return key;
}
