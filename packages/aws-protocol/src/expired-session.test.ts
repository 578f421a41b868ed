import { expect, test } from "vitest";
import { signV4 } from "./sign-v4.ts";
import { verifySigV4 } from "./verify-sigv4.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "s", sessionToken: "t" };

async function verify(expiresAtMs: number, secretAccessKey = "s") {
  const url = "http://127.0.0.1:4700/";
  const headers = signV4({ method: "POST", url, region: "r", service: "ecs", credentials, now: NOW });
  const request = { method: "POST", path: "/", query: "", headers, body: new Uint8Array() };
  const lookup = async (_id: string, sessionToken: string | null) =>
    sessionToken === "t" ? { secretAccessKey, active: true, expiresAtMs } : null;
  return verifySigV4(request, { now: NOW, service: "ecs", lookup });
}

test("temporary credentials are good until they end, with the token that they came with", async () => {
  expect(await verify(NOW.getTime() + 1)).toMatchObject({ accessKeyId: "ASIAEXAMPLE", sessionToken: "t" });
});

test("temporary credentials that have ended are refused as such", async () => {
  await expect(verify(NOW.getTime())).rejects.toMatchObject({
    code: "ExpiredTokenException",
    message: "The security token included in the request is expired",
  });
});
