import { expect, it } from "vitest";
import {
  ALGORITHM,
  amzDate,
  canonicalQuery,
  canonicalRequest,
  EMPTY_SHA256,
  hmac,
  signingKey,
  stringToSign,
} from "./canonical-request.ts";
import { dispatch, hooks, KEY } from "./test-server.ts";

const SIGNED_AT = new Date("2026-03-04T05:06:07Z");

function presigned(seconds: number) {
  const date = amzDate(SIGNED_AT);
  const scope = { date: date.slice(0, 8), region: "us-east-1", service: "sts" };
  const unsigned = new URLSearchParams({
    Action: "GetCallerIdentity",
    Version: "2011-06-15",
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${KEY.accessKeyId}/${scope.date}/us-east-1/sts/aws4_request`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(seconds),
    "X-Amz-SignedHeaders": "host",
  }).toString();
  const request = { method: "GET", path: "/", headers: { host: "h" } };
  const signed = { headers: ["host"], query: canonicalQuery(unsigned), payloadHash: EMPTY_SHA256 };
  const text = stringToSign(date, scope, canonicalRequest(request, signed));
  const signature = hmac(signingKey(KEY.secretAccessKey, scope), text).toString("hex");
  return { ...request, query: `${unsigned}&X-Amz-Signature=${signature}`, body: new Uint8Array() };
}

const after = (seconds: number) => hooks(new Date(SIGNED_AT.getTime() + seconds * 1_000));
const statusOf = async (...args: Parameters<typeof dispatch>) => (await dispatch(...args)).response.status;

it("a presigned query is answered until it expires, and not after", async () => {
  expect(await statusOf(presigned(60), after(59))).toBe(200);
  expect(await statusOf(presigned(60), after(61))).toBe(403);
});

it("a presigned query holds for its own parameters and headers only", async () => {
  const request = presigned(60);
  const other = { ...request, query: request.query.replace("Expires=60", "Expires=600") };
  expect(await statusOf(other, after(1))).toBe(403);
  const target = { "x-amz-target": "AmazonEC2ContainerServiceV20141113.ListClusters" };
  expect(await statusOf({ ...request, headers: { ...request.headers, ...target } }, after(1))).toBe(400);
});

it("a query request without a signature is refused in XML", async () => {
  const { response } = await dispatch(
    {
      method: "GET",
      path: "/",
      query: "Action=GetCallerIdentity",
      headers: { host: "h" },
      body: new Uint8Array(),
    },
    after(1),
  );
  expect([response.status, String(response.body)]).toEqual([
    403,
    expect.stringContaining("<Code>MissingAuthenticationToken</Code>"),
  ]);
});
