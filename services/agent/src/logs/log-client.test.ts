/** Guarantees of whose name log lines are sent in. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogClient } from "./log-client.ts";

const INSTANCE = { accessKeyId: "AKIAINSTANCE", secretAccessKey: "s" };
const ROLE = { accessKeyId: "ASIAROLE", secretAccessKey: "s", sessionToken: "t" };

let server: Server;
let callers: string[];
let refusals: Record<string, string>;

beforeEach(async () => {
  callers = [];
  refusals = {};
  server = createServer((request, response) => {
    const authorization = request.headers.authorization ?? "";
    const [, key = "", region = ""] = /Credential=(\w+)\/\d+\/([\w-]+)\/logs\//.exec(authorization) ?? [];
    callers.push(`${key} ${region}`);
    const code = refusals[key];
    response.writeHead(code ? 400 : 200).end(code ? JSON.stringify({ __type: code, message: "no" }) : "{}");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(() => server.close());

const clientWith = (role: typeof ROLE | null) =>
  createLogClient(
    {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "us-east-1",
      credentials: INSTANCE,
    },
    () => role,
    { taskArn: "task", region: "eu-west-1" },
  );

test("a task's execution role sends its lines, to the region they are for", async () => {
  await clientWith(ROLE).call("PutLogEvents", {});
  expect(callers).toEqual(["ASIAROLE eu-west-1"]);
});

test("the instance sends those of a task without one", async () => {
  await clientWith(null).call("PutLogEvents", {});
  expect(callers).toEqual(["AKIAINSTANCE eu-west-1"]);
});

test("the instance sends what is left when the role has ended with its task", async () => {
  refusals = { ASIAROLE: "UnrecognizedClientException" };
  await clientWith(ROLE).call("PutLogEvents", {});
  expect(callers).toEqual(["ASIAROLE eu-west-1", "AKIAINSTANCE eu-west-1"]);
});

test("what the role may not do the instance does not do for it", async () => {
  refusals = { ASIAROLE: "AccessDeniedException" };
  await expect(clientWith(ROLE).call("PutLogEvents", {})).rejects.toMatchObject({
    code: "AccessDeniedException",
  });
  expect(callers).toEqual(["ASIAROLE eu-west-1"]);
});
