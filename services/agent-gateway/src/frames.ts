/** Reads agents' frames: the envelope of both sockets and the header block that telemetry puts before it. */
import { z } from "zod";

const envelope = z.object({ type: z.string().max(128), message: z.record(z.string(), z.unknown()) });

export type Envelope = z.infer<typeof envelope>;

/** Null for anything that is not an envelope. */
export function readEnvelope(text: string): Envelope | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null; // JSON.parse has no other failure
  }
  const parsed = envelope.safeParse(json);
  return parsed.success ? parsed.data : null;
}

/** Telemetry frames carry signed headers before the JSON; the socket they come by is authenticated already. */
export function withoutHeaders(frame: string): string {
  if (frame.startsWith("{")) return frame;
  const end = frame.indexOf("\r\n\r\n");
  return end < 0 ? frame : frame.slice(end + 4);
}
