/**
 * The pieces of a body as the socket gives them; the exchange hands them to whoever reads a body. A stream's own
 * iterator joins what is waiting into new memory each time, which costs a busy push a copy and much garbage collection.
 */
import type { IncomingMessage } from "node:http";

/** Bytes that wait before the client is slowed down. */
const WAITING_BYTES_MAX = 1024 * 1024;

/** Fails when the client vanishes before the end. To be iterated once. */
export function bodyChunks(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => iterate(request) };
}

function iterate(request: IncomingMessage): AsyncIterator<Uint8Array> {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let failure: Error | null = request.destroyed && !request.complete ? vanished() : null;
  let ended = request.readableEnded;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  request.on("data", (chunk: Buffer) => {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes >= WAITING_BYTES_MAX) request.pause();
    notify();
  });
  request.once("end", () => {
    ended = true;
    notify();
  });
  const fail = (error?: Error) => {
    if (!ended) failure ??= error ?? vanished();
    notify();
  };
  request.once("error", fail);
  request.once("close", () => fail());
  const take = () => {
    const chunk = waiting.shift();
    waitingBytes -= chunk?.length ?? 0;
    if (request.isPaused() && waitingBytes < WAITING_BYTES_MAX / 2) request.resume();
    return chunk;
  };
  return {
    async next() {
      for (;;) {
        const chunk = take();
        if (chunk !== undefined) return { done: false, value: chunk };
        if (failure) throw failure;
        if (ended) return { done: true, value: undefined };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async return() {
      // Whoever stops reading leaves the rest to the connection's end.
      request.pause();
      return { done: true, value: undefined };
    },
  };
}

const vanished = () => new Error("the client ended the connection before its body");
