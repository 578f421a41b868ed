/** Turns whatever a handler threw into what the client is told; the app calls it. */
import type { IncomingMessage } from "node:http";
import { BlobStoreError, SourceFailedError } from "@roadstead/blob-store/blob-store";
import { RegistryError } from "./registry-error.ts";

/** `gone`: nobody is there to be told. */
export function failureOf(error: unknown, request: IncomingMessage): RegistryError | "gone" {
  if (error instanceof RegistryError) return error;
  if (error instanceof SourceFailedError || request.destroyed || isPrematureClose(error)) return "gone";
  const unavailable = error instanceof BlobStoreError;
  return new RegistryError({
    status: unavailable ? 503 : 500,
    code: unavailable ? "UNAVAILABLE" : "UNKNOWN",
    message: unavailable ? "The object store does not answer. Try again." : "An internal error occurred.",
    headers: { "retry-after": "2" },
  });
}

function isPrematureClose(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET" || code === "EPIPE";
}
