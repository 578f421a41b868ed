/** Speaks to HAProxy's command sockets, one connection for each batch of commands; `running-haproxy` calls this. */
import { createConnection } from "node:net";

const TIMEOUT_MS = 3_000;
/** HAProxy reads a line of commands into one buffer of 16 KiB. */
const LINE_BYTES_MAX = 8_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** Everything that is answered, in order. A command that fails says so in its answer. */
export async function sendCommands(path: string, commands: readonly string[], prefix = ""): Promise<string> {
  const answers: string[] = [];
  for (const line of linesOf(commands.map((command) => `${prefix}${command}`)))
    answers.push(await exchange(path, line));
  return answers.join("\n");
}

function linesOf(commands: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const command of commands) {
    if (line !== "" && line.length + command.length > LINE_BYTES_MAX) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? command : `${line};${command}`;
  }
  return line === "" ? lines : [...lines, line];
}

function exchange(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const socket = createConnection({ path });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(TIMEOUT_MS, () => fail(new Error("HAProxy does not answer")));
    socket.on("error", fail);
    // The master answers for as long as it is asked; it ends when we do.
    socket.on("connect", () => socket.end(`${line}\n`));
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) fail(new Error("HAProxy's answer does not end"));
    });
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}
