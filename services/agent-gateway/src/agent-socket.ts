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
const CLOSE_GRACE_MS = 2_000;

export interface AgentSocket {
  /** Sends one envelope; a socket that is closed or hopelessly behind drops it. */
  send(type: string, message: object): void;
  /** Whether the agent lags so far behind that more should wait. */
  isBusy(): boolean;
  isOpen(): boolean;
  ping(): void;
  close(code: number, reason: string): void;
  readonly closed: Promise<void>;
}

export interface SocketEvents {
  readonly onText: (text: string) => void;
  readonly onBinary: () => void;
  readonly onPong?: () => void;
}

export function wrapSocket(socket: WebSocket, events: SocketEvents, log: Logger): AgentSocket {
  socket.on("message", (data: RawData, isBinary: boolean) => {
    if (isBinary) events.onBinary();
    else events.onText(data.toString());
  });
  socket.on("pong", () => events.onPong?.());
  // Too large a frame, invalid UTF-8, a reset connection: `ws` closes by itself and says so here.
  socket.on("error", (error) => log.debug({ op: "gateway.socket", err: error }, "socket error"));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));

  const close = (code: number, reason: string) => {
    if (socket.readyState === socket.CLOSED) return;
    socket.close(code, reason);
    const overdue = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    void closed.then(() => clearTimeout(overdue));
  };
  return {
    closed,
    close,
    isOpen: () => socket.readyState === socket.OPEN,
    isBusy: () => socket.bufferedAmount > SEND_BUFFER_BUSY,
    ping: () => {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    send(type, message) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > SEND_BUFFER_MAX) return close(CLOSE.slow, "too far behind");
      socket.send(JSON.stringify({ type, message }), { binary: false });
    },
  };
}
