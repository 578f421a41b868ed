/** Reads a request's signature, from the Authorization header or from a presigned query. */
import { ALGORITHM, canonicalQuery, TERMINATOR } from "./canonical-request.ts";
import { awsError } from "./errors.ts";
import type { WireRequest } from "./wire.ts";

export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `X-Amz-Date`, e.g. `20261124T160000Z`. */
  readonly timestamp: string;
  readonly sessionToken: string | null;
  /** Seconds a presigned request is good for; null when it came in the header. */
  readonly expiresSeconds: number | null;
  readonly canonicalQuery: string;
}

const incomplete = (message: string) => awsError("IncompleteSignatureException", message);
const TIMESTAMP = /^\d{8}T\d{6}Z$/;
const PRESIGNED_MAX_SECONDS = 604_800;

/** Throws AWS's error for a request without a signature, or with one that is not whole. */
export function parseAuthorization(request: WireRequest): SignatureClaim {
  const header = request.headers.authorization;
  if (header === undefined) {
    if (request.query.includes("X-Amz-Signature=")) return fromQuery(request);
    throw awsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
  }
  if (!header.startsWith(`${ALGORITHM} `)) {
    throw incomplete(`Authorization header requires '${ALGORITHM}' algorithm.`);
  }
  const parts = new Map<string, string>();
  for (const part of header.slice(ALGORITHM.length + 1).split(",")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, equals).trim();
    if (equals < 1 || parts.has(name)) throw incomplete("Authorization header is not well formed.");
    parts.set(name, part.slice(equals + 1).trim());
  }
  const timestamp = request.headers["x-amz-date"];
  if (timestamp === undefined)
    throw incomplete("Authorization header requires existence of an 'X-Amz-Date' header.");
  return {
    ...claim(parts.get("Credential"), parts.get("SignedHeaders"), parts.get("Signature"), timestamp),
    sessionToken: request.headers["x-amz-security-token"] ?? null,
    expiresSeconds: null,
    canonicalQuery: canonicalQuery(request.query),
  };
}

function fromQuery(request: WireRequest): SignatureClaim {
  const query = new URLSearchParams(request.query);
  const only = (name: string) =>
    query.getAll(name).length === 1 ? (query.get(name) ?? undefined) : undefined;
  if (only("X-Amz-Algorithm") !== ALGORITHM) throw incomplete(`X-Amz-Algorithm must be '${ALGORITHM}'.`);
  const expiresSeconds = Number(only("X-Amz-Expires"));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > PRESIGNED_MAX_SECONDS) {
    throw incomplete("X-Amz-Expires must be between 1 and 604800 seconds.");
  }
  return {
    ...claim(
      only("X-Amz-Credential"),
      only("X-Amz-SignedHeaders"),
      only("X-Amz-Signature"),
      only("X-Amz-Date"),
    ),
    sessionToken: query.get("X-Amz-Security-Token"),
    expiresSeconds,
    canonicalQuery: canonicalQuery(request.query, "X-Amz-Signature"),
  };
}

function claim(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
  timestamp: string | undefined,
) {
  if (!credential) throw incomplete("Authorization header requires 'Credential' parameter.");
  if (!signedHeaders) throw incomplete("Authorization header requires 'SignedHeaders' parameter.");
  if (!signature) throw incomplete("Authorization header requires 'Signature' parameter.");
  if (!timestamp || !TIMESTAMP.test(timestamp)) throw incomplete("Date must be in ISO-8601 'basic format'.");
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split("/");
  if (!accessKeyId || !date || !region || !service || terminator !== TERMINATOR || rest.length > 0) {
    throw incomplete(
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
    );
  }
  return {
    accessKeyId,
    date,
    region,
    service,
    signature,
    timestamp,
    signedHeaders: signedHeaders.split(";"),
  };
}
