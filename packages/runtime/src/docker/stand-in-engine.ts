/** An HTTP server on a socket of its own that answers in the engine's place; tests of failures a real engine cannot be brought to use it. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";

export interface StandInEngine {
  readonly docker: Docker;
  readonly socketPath: string;
  close(): Promise<void>;
}

export async function standInEngine(answer: RequestListener): Promise<StandInEngine> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-engine-"));
  const socketPath = join(folder, "engine.sock");
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    docker: new Docker({ socketPath }),
    socketPath,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
