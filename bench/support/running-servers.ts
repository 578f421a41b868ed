/** Asks a running HAProxy which servers it sends to; the load balancer's benchmark waits for a change here. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../../e2e/support/balancers.ts";

const TIMEOUT_MS = 5_000;
const POLL_MS = 2;
const FORCED_MAINTENANCE = 1;
/** Of a line of `show servers state`. */
const FIELD = { address: 4, adminState: 6, port: 18 } as const;

/** Whether the server is open to requests; what waits for its first check is. */
export async function untilServer(socketPath: string, target: Target, open: boolean): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while ((await isOpen(socketPath, target)) !== open) {
    if (performance.now() > deadline)
      throw new Error(`${target.address}:${target.port} is not ${open ? "open" : "closed"}`);
    await sleep(POLL_MS);
  }
}

async function isOpen(socketPath: string, { address, port }: Target): Promise<boolean> {
  const lines = (await ask(socketPath, "show servers state")).split("\n");
  return lines.some((line) => {
    const fields = line.split(" ");
    const isTarget = fields[FIELD.address] === address && fields[FIELD.port] === String(port);
    return (
      isTarget &&
      fields[3]?.startsWith("s") === true &&
      (Number(fields[FIELD.adminState]) & FORCED_MAINTENANCE) === 0
    );
  });
}

const ask = (path: string, command: string) =>
  new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(path, () => socket.write(`${command}\n`));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("HAProxy does not answer")));
    socket.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
    socket.on("error", reject).on("end", () => resolve(text));
  });
