/** Signs requests with Signature Version 4; our agent, the launcher and tests are its callers. */
import {
  ALGORITHM,
  amzDate,
  type CredentialScope,
  canonicalQuery,
  canonicalRequest,
  hmac,
  sha256Hex,
  signingKey,
  stringToSign,
  TERMINATOR,
} from "./canonical-request.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SignableRequest {
  readonly method: string;
  readonly url: string;
  /** Every header given is signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly region: string;
  readonly service: string;
  readonly credentials: Credentials;
  readonly now: Date;
}

/** All headers to send, `host` included. */
export function signV4(request: SignableRequest): Record<string, string> {
  const { credentials, now } = request;
  const url = new URL(request.url);
  const timestamp = amzDate(now);
  const headers: Record<string, string> = {
    ...Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    host: url.host,
    "x-amz-date": timestamp,
    ...(credentials.sessionToken ? { "x-amz-security-token": credentials.sessionToken } : {}),
  };
  const names = Object.keys(headers).sort();
  const scope: CredentialScope = {
    date: timestamp.slice(0, 8),
    region: request.region,
    service: request.service,
  };
  const canonical = canonicalRequest(
    { method: request.method, path: url.pathname, headers },
    {
      headers: names,
      query: canonicalQuery(url.search.slice(1)),
      payloadHash: sha256Hex(request.body ?? ""),
    },
  );
  const signature = hmac(
    signingKey(credentials.secretAccessKey, scope),
    stringToSign(timestamp, scope, canonical),
  ).toString("hex");
  const credential = `${credentials.accessKeyId}/${scope.date}/${scope.region}/${scope.service}/${TERMINATOR}`;
  return {
    ...headers,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}
