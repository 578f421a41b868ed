/** Sends one command to the stack's Redis; faults.ts empties it, processes.ts asks whether it is there. */
import { createConnection } from "node:net";

const ANSWER_TIMEOUT_MS = 2_000;

export function askRedis(url: string, command: "FLUSHALL" | "PING"): Promise<void> {
  const { hostname, port, password } = new URL(url);
  const login = password === "" ? "" : `AUTH ${decodeURIComponent(password)}\r\n`;
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port || 6_379) });
    let reply = "";
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error("Redis does not answer")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("Redis closed the connection")));
    socket.on("data", (chunk) => {
      reply += chunk.toString();
      const lines = reply.split("\r\n").filter((line) => line !== "");
      if (lines.some((line) => line.startsWith("-"))) socket.destroy(new Error(`Redis: ${reply}`));
      else if (lines.length === (login === "" ? 1 : 2)) {
        socket.end();
        resolve();
      }
    });
    socket.write(`${login}${command}\r\n`);
  });
}
