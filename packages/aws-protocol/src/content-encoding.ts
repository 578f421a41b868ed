/** Undoes the compression that clients give to large requests of some operations; the router reads bodies through this. */
import { gunzipSync } from "node:zlib";
import { type AwsError, serializationError } from "./errors.ts";
import type { WireRequest } from "./wire.ts";

/** The signature is over the body as it was sent, so this is for reading alone. */
export function decodedBody(request: WireRequest, maxBytes: number, tooLarge: () => AwsError): Uint8Array {
  if (request.headers["content-encoding"]?.trim().toLowerCase() !== "gzip") return request.body;
  try {
    return gunzipSync(request.body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge();
    throw serializationError("The request body is not valid gzip.");
  }
}
