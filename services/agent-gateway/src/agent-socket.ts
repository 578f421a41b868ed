/** One websocket to an agent: typed envelopes out, parsed envelopes in, bounded both ways. Sessions own one. */
import type { Logger } from "@roadstead/service-kit/log";
import type { RawData, WebSocket } from "ws";

/**
 * Close codes. AWS's agent reconnects at once after 1000, 1001, 1006 and 1011, and backs off after any other,
 * so the gateway never uses those four.
 */
export const CLOSE = {
  badFrames: 1008,
  restart: 1012,
  tryLater: 1013,
  replaced: 4000,
  silent: 4001,
  slow: 4002,
  deregistered: 4003,
  sessionOver: 4004,
} as const;

/** Bytes waiting for a slow agent before its socket is given up. */
const SEND_BUFFER_MAX = 16 * 1024 * 1024;
/** Above this no further assignments are sent for the moment. */
const SEND_BUFFER_BUSY = 4 * 1024 * 1024;
/** Unreadable frames of one socket. */
const BAD_FRAMES_MAX = 20;
const CLOSE_GRACE_MS = 2_000;

/** Messages that may wait to be handled; beyond, the socket is not read. */
const BACKLOG_MAX = 64;

export interface AgentSocket {
  /** Sends one envelope; a socket that is closed or hopelessly behind drops it. */
  send(type: string, message: object): void;
  /** Counts a frame that could not be read and says so; after too many the socket is closed. */
  reject(): void;
  /** Whether the agent lags so far behind that more should wait. */
  isBusy(): boolean;
  isOpen(): boolean;
  ping(): void;
  close(code: number, reason: string): void;
  /** Resolves when the socket is closed and all it said was handled. */
  readonly closed: Promise<void>;
}

export interface SocketEvents {
  /** Handles one message; the next waits for it. False for a message that cannot be read. */
  readonly onText: (text: string) => Promise<boolean>;
  readonly onFailure: (error: unknown) => void;
  readonly onRejected: () => void;
  readonly onPong?: () => void;
}

export function wrapSocket(socket: WebSocket, events: SocketEvents, log: Logger): AgentSocket {
  let badFrames = 0;
  const closed = closing(socket, handleInOrder(socket, { ...events, reject: () => reject() }));
  socket.on("pong", () => events.onPong?.());
  // Too large a frame, invalid UTF-8, a reset connection: `ws` closes by itself and says so here.
  socket.on("error", (error) => log.debug({ op: "gateway.socket", err: error }, "socket error"));

  const close = (code: number, reason: string) => {
    if (socket.readyState === socket.CLOSED) return;
    socket.close(code, reason);
    const overdue = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    socket.once("close", () => clearTimeout(overdue));
  };
  const send = (type: string, message: object) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > SEND_BUFFER_MAX) return close(CLOSE.slow, "too far behind");
    socket.send(JSON.stringify({ type, message }), { binary: false });
  };
  const reject = () => {
    events.onRejected();
    badFrames += 1;
    send("BadRequestException", { message: "The message could not be read." });
    if (badFrames >= BAD_FRAMES_MAX) close(CLOSE.badFrames, "too many unreadable messages");
  };
  return {
    send,
    reject,
    close,
    closed,
    isOpen: () => socket.readyState === socket.OPEN,
    isBusy: () => socket.bufferedAmount > SEND_BUFFER_BUSY,
    ping: () => {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
  };
}

/** One message at a time; a socket whose messages pile up is not read until they are handled. */
function handleInOrder(
  socket: WebSocket,
  { onText, onFailure, reject }: SocketEvents & { readonly reject: () => void },
): () => Promise<void> {
  let tail: Promise<void> = Promise.resolve();
  let backlog = 0;
  const handle = async (text: string) => {
    try {
      if (!(await onText(text))) reject();
    } catch (error) {
      onFailure(error);
    }
    backlog -= 1;
    if (backlog < BACKLOG_MAX && socket.isPaused) socket.resume();
  };
  socket.on("message", (data: RawData, isBinary: boolean) => {
    if (isBinary) return reject();
    backlog += 1;
    if (backlog >= BACKLOG_MAX) socket.pause();
    tail = tail.then(() => handle(data.toString()));
  });
  return () => tail;
}

const closing = (socket: WebSocket, handled: () => Promise<void>) =>
  new Promise<void>((resolve) => socket.once("close", () => void handled().then(resolve)));
