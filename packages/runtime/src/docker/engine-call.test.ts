import type { RequestListener } from "node:http";
import Docker from "dockerode";
import { afterEach, describe, expect, test } from "vitest";
import { callEngine, type EngineRequest } from "./engine-call.ts";
import { type StandInEngine, standInEngine } from "./stand-in-engine.ts";

let engine: StandInEngine | undefined;
afterEach(async () => {
  await engine?.close();
  engine = undefined;
});

async function call(answer: RequestListener, request: Partial<EngineRequest> = {}): Promise<unknown> {
  engine = await standInEngine(answer);
  return callEngine(engine.docker, {
    method: "POST",
    path: "/x",
    accept: [200],
    timeoutMs: 5_000,
    ...request,
  });
}

const refuse =
  (status: number, body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  };

describe("a refusal is told apart by status, path and words", () => {
  const created = "/containers/create";
  const started = "/containers/a/start";
  test.each([
    [404, created, "No such image: nope/none:1", "ImageNotFound"],
    [404, "/images/nope/json", "No such image: nope", "ImageNotFound"],
    [404, started, "No such container: a", "NotFound"],
    [409, created, 'Conflict. The container name "/a" is already in use by container "b".', "Conflict"],
    [500, started, "driver failed: Bind for 0.0.0.0:80 failed: port is already allocated", "PortInUse"],
    [500, started, "listen tcp4 0.0.0.0:80: bind: address already in use", "PortInUse"],
    [400, started, 'exec: "nope": executable file not found in $PATH: unknown', "InvalidConfig"],
    [500, started, "something else", "Engine"],
  ])("%i of %s: %s is %s", async (status, path, message, kind) => {
    const refused = call(refuse(status, JSON.stringify({ message })), { path });
    await expect(refused).rejects.toMatchObject({ name: "RuntimeError", kind, message });
  });
});

test.each(["", "null", "not json", "{}", '{"message":7}'])(
  "a refusal that says %j is a failure",
  async (body) => {
    await expect(call(refuse(500, body))).rejects.toMatchObject({ kind: "Engine" });
  },
);

test("an answer that does not come is given up after the call's own bound", async () => {
  await expect(call(() => undefined, { timeoutMs: 50 })).rejects.toMatchObject({ kind: "Timeout" });
});

test("a connection that breaks before the answer means the engine is not there", async () => {
  const refused = call((request) => request.socket.destroy());
  await expect(refused).rejects.toMatchObject({ kind: "Unavailable" });
});

test("no engine at all is not there either", async () => {
  const docker = new Docker({ socketPath: "/nonexistent/engine.sock" });
  const refused = callEngine(docker, { method: "GET", path: "/version", accept: [200], timeoutMs: 5_000 });
  await expect(refused).rejects.toMatchObject({ kind: "Unavailable" });
});
