/** Signature Version 4's canonical request and keys; the verifier and the signer share them. */
import { createHmac, hash, type KeyObject } from "node:crypto";
import type { WireRequest } from "./wire.ts";

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const TERMINATOR = "aws4_request";

export const sha256Hex = (data: Uint8Array | string) => hash("sha256", data, "hex");
export const hmac = (key: Uint8Array | string | KeyObject, data: string) =>
  createHmac("sha256", key).update(data).digest();

export const EMPTY_SHA256 = sha256Hex("");

const percentEncode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text; // not percent-encoded after all: it is signed as it stands
  }
}

/** Sorted and encoded once more, whatever mixture of `+` and `%20` the client sent. `drop` leaves one name out. */
export function canonicalQuery(query: string, drop?: string): string {
  if (query === "") return "";
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [percentEncode(decodeForm(name)), percentEncode(decodeForm(value))] as const;
    })
    .filter(([name]) => name !== drop)
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The path as every service but S3 signs it: each segment of the sent path is encoded again. */
const canonicalPath = (path: string) => path.split("/").map(percentEncode).join("/") || "/";

export function canonicalRequest(
  request: Pick<WireRequest, "method" | "path" | "headers">,
  signed: { readonly headers: readonly string[]; readonly query: string; readonly payloadHash: string },
): string {
  const headers = signed.headers.map(
    (name) =>
      `${name}:${(Object.hasOwn(request.headers, name) ? (request.headers[name] ?? "") : "").trim().replace(/ {2,}/g, " ")}\n`,
  );
  return [
    request.method,
    canonicalPath(request.path),
    signed.query,
    headers.join(""),
    signed.headers.join(";"),
    signed.payloadHash,
  ].join("\n");
}

export interface CredentialScope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const stringToSign = (timestamp: string, scope: CredentialScope, canonical: string) =>
  [
    ALGORITHM,
    timestamp,
    `${scope.date}/${scope.region}/${scope.service}/${TERMINATOR}`,
    sha256Hex(canonical),
  ].join("\n");

export const signingKey = (secret: string, { date, region, service }: CredentialScope) =>
  hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), TERMINATOR);

/** `20261124T160000Z` */
export const amzDate = (now: Date) => now.toISOString().replace(/[:-]|\.\d{3}/g, "");
