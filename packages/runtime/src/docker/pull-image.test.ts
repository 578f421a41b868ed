import type { RequestListener } from "node:http";
import { afterEach, expect, test } from "vitest";
import { type PullOptions, pullImage, splitTag } from "./pull-image.ts";
import { type StandInEngine, standInEngine } from "./stand-in-engine.ts";

let engine: StandInEngine | undefined;
afterEach(async () => {
  await engine?.close();
  engine = undefined;
});

async function pull(answer: RequestListener, options: Partial<PullOptions> = {}): Promise<void> {
  engine = await standInEngine(answer);
  await pullImage(engine.docker, "registry.test:5000/web:2", {
    pullMs: 5_000,
    pullIdleMs: 5_000,
    ...options,
  });
}

const progress = (...lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

test.each([
  ["web", { fromImage: "web", tag: "latest" }],
  ["web:2", { fromImage: "web", tag: "2" }],
  ["registry.test:5000/web", { fromImage: "registry.test:5000/web", tag: "latest" }],
  ["registry.test:5000/team/web:2", { fromImage: "registry.test:5000/team/web", tag: "2" }],
  ["web@sha256:ab", { fromImage: "web@sha256:ab" }],
  ["registry.test:5000/web@sha256:ab", { fromImage: "registry.test:5000/web@sha256:ab" }],
])("%s is asked for as one image, never as all of its repository", (image, expected) => {
  expect(splitTag(image)).toEqual(expected);
});

test("a pull ends with its progress, and takes the login along", async () => {
  let seen: { url: string | undefined; login: unknown } | undefined;
  const auth = { username: "AWS", password: "token", serverAddress: "registry.test:5000" };
  await pull(
    (request, response) => {
      const header = Buffer.from(String(request.headers["x-registry-auth"]), "base64url").toString();
      seen = { url: request.url, login: JSON.parse(header) };
      response.end(progress({ status: "Pulling" }, { status: "Downloaded newer image" }));
    },
    { auth },
  );
  expect(seen?.url).toContain("tag=2");
  expect(seen?.login).toEqual({ username: "AWS", password: "token", serveraddress: "registry.test:5000" });
});

test("a failure in the middle of the progress is the pull's, in the engine's words", async () => {
  const pulling = pull((_request, response) => {
    response.end(progress({ status: "Pulling" }, { error: "no space left on device" }));
  });
  await expect(pulling).rejects.toMatchObject({ kind: "PullFailed", message: "no space left on device" });
});

test("a refusal before any progress is the pull's too, in the engine's words", async () => {
  const pulling = pull((_request, response) => {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ message: "pull access denied for web" }));
  });
  await expect(pulling).rejects.toMatchObject({ kind: "PullFailed" });
  await expect(pulling).rejects.toThrow(/pull access denied for web/);
});

test("a pull that makes no progress is given up", async () => {
  const pulling = pull((_request, response) => void response.write(progress({ status: "Pulling" })), {
    pullIdleMs: 50,
  });
  await expect(pulling).rejects.toMatchObject({
    kind: "Timeout",
    message: "inactivity time exceeded timeout",
  });
});

test("a slow pull goes on for as long as it makes progress", async () => {
  const slowly = pull(
    (_request, response) => {
      let left = 40;
      const chatter = setInterval(() => {
        left -= 1;
        if (left > 0) return void response.write(progress({ status: "Downloading" }));
        clearInterval(chatter);
        response.end();
      }, 20);
    },
    { pullIdleMs: 400 },
  );
  await expect(slowly).resolves.toBeUndefined();
});

test("a pull that has taken too long is given up although it makes progress", async () => {
  const pulling = pull(
    (_request, response) => {
      const chatter = setInterval(() => response.write(progress({ status: "Downloading" })), 10);
      response.on("close", () => clearInterval(chatter));
    },
    { pullMs: 200 },
  );
  await expect(pulling).rejects.toMatchObject({ kind: "Timeout" });
});

test("a pull is cancelled by its caller", async () => {
  const caller = new AbortController();
  const pulling = pull(
    (_request, response) => {
      response.write(progress({ status: "Pulling" }));
      caller.abort();
    },
    { signal: caller.signal },
  );
  await expect(pulling).rejects.toMatchObject({ kind: "PullFailed", message: "the pull was cancelled" });
});

test("progress that breaks off is no success", async () => {
  const pulling = pull((_request, response) => {
    response.write(progress({ status: "Pulling" }), () => response.destroy());
  });
  await expect(pulling).rejects.toMatchObject({ name: "RuntimeError" });
});
