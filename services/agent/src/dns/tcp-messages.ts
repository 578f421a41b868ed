/** DNS over TCP puts a message's length before it; the resolver and whoever it asks speak so. Pure. */

const LENGTH_BYTES = 2;

export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(LENGTH_BYTES + message.length);
  frame.writeUInt16BE(message.length);
  frame.set(message, LENGTH_BYTES);
  return frame;
}

/** The messages that are complete, and what is left. */
export function messagesIn(received: Buffer): {
  readonly messages: readonly Buffer[];
  readonly rest: Buffer;
} {
  const messages: Buffer[] = [];
  let at = 0;
  while (received.length - at >= LENGTH_BYTES) {
    const end = at + LENGTH_BYTES + received.readUInt16BE(at);
    if (end > received.length) break;
    messages.push(received.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return { messages, rest: received.subarray(at) };
}
