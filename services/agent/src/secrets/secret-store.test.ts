import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSecretStore } from "./secret-store.ts";

const ARN = "arn:aws:secretsmanager:r:000000000000:secret:db-AbCdEf";
const ROLE = { accessKeyId: "ASIAROLE", secretAccessKey: "s", sessionToken: "t" };
const FAILED =
  "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ";

interface Asked {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly token: string | undefined;
}

let server: Server;
let asked: Asked[];
let answer: (asked: Asked) => readonly [status: number, body: object];

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const one = {
      operation: String(request.headers["x-amz-target"]),
      input: JSON.parse(text) as Record<string, unknown>,
      token: request.headers["x-amz-security-token"] as string | undefined,
    };
    asked.push(one);
    const [status, body] = answer(one);
    response.statusCode = status;
    response.end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
});

const resolve = (valueFrom: string, provider: "asm" | "ssm" = "asm", role: typeof ROLE | null = ROLE) =>
  createSecretStore({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    executionRoleOf: () => role,
    retry: { minMs: 1, maxMs: 2, factor: 2 },
  }).resolve("task", [{ name: "DB", valueFrom, region: "r", provider }]);

const holds = (SecretString: string) => () => [200, { SecretString }] as const;
const refuses = (type: string, message: string) => () => [400, { __type: type, message }] as const;

describe("a secret", () => {
  test("is fetched as the task's execution role", async () => {
    answer = holds("hunter2");
    expect(await resolve(ARN)).toEqual({ DB: "hunter2" });
    expect(asked).toEqual([
      { operation: "secretsmanager.GetSecretValue", input: { SecretId: ARN }, token: "t" },
    ]);
  });

  test("is fetched by key, stage and version where they are named", async () => {
    answer = holds('{"user":"ann","port":5432}');
    expect(await resolve(`${ARN}:user::`)).toEqual({ DB: "ann" });
    expect(await resolve(`${ARN}:port:AWSPREVIOUS:`)).toEqual({ DB: "5432" });
    await resolve(`${ARN}:user::v1`);
    expect(asked.map(({ input }) => input)).toEqual([
      { SecretId: ARN },
      { SecretId: ARN, VersionStage: "AWSPREVIOUS" },
      { SecretId: ARN, VersionId: "v1" },
    ]);
  });

  test("that may not be read, or has no such key, says so and shows nothing of it", async () => {
    answer = refuses("AccessDeniedException", "User: x is not authorized");
    await expect(resolve(ARN)).rejects.toThrow(
      `${FAILED}fetching secret data from AWS Secrets Manager in region r: secret ${ARN}: AccessDeniedException: User: x is not authorized`,
    );
    expect(asked).toHaveLength(1);
    answer = holds('{"user":"ann"}');
    const missing = `${FAILED}retrieved secret from Secrets Manager did not contain json key toString`;
    await expect(resolve(`${ARN}:toString::`)).rejects.toThrow(missing);
    answer = holds("hunter2");
    const error = (await resolve(`${ARN}:user::`).catch((thrown: Error) => thrown)) as Error;
    expect(error.message).toContain("it holds no JSON");
    expect(error.message).not.toContain("hunter2");
  });
});

describe("a parameter", () => {
  test("is fetched decrypted, by name or ARN", async () => {
    answer = () => [200, { Parameters: [{ Name: "/db", Value: "v" }], InvalidParameters: [] }];
    expect(await resolve("/db", "ssm")).toEqual({ DB: "v" });
    expect(asked).toEqual([
      { operation: "AmazonSSM.GetParameters", input: { Names: ["/db"], WithDecryption: true }, token: "t" },
    ]);
  });

  test("that is not there is named", async () => {
    answer = () => [200, { Parameters: [], InvalidParameters: ["/db"] }];
    await expect(resolve("/db", "ssm")).rejects.toThrow(
      `${FAILED}fetching secret data from SSM Parameter Store in r: invalid parameters: /db`,
    );
  });
});

test("a control plane that is away is asked again, and a role that is missing is waited for, both boundedly", async () => {
  let failures = 2;
  answer = () => {
    failures -= 1;
    return failures >= 0 ? [503, { __type: "ServerException", message: "" }] : [200, { SecretString: "v" }];
  };
  expect(await resolve(ARN)).toEqual({ DB: "v" });
  expect(asked).toHaveLength(3);
  await expect(resolve(ARN, "asm", null)).rejects.toThrow("ECS was unable to assume the execution role");
  expect(asked).toHaveLength(3);
});
