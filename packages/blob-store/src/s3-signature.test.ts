import { Client } from "minio";
import { expect, test } from "vitest";
import { createSigner } from "./s3-signature.ts";

const NAMES = { bucket: "layers", region: "eu-west-1", accessKey: "AKIA/+=", secretKey: "s3cr3t/+ '()*" };

/** AWS's documentation of query signatures gives this one. */
test("the example that AWS publishes has AWS's signature", () => {
  const sign = createSigner({
    endpoint: new URL("https://examplebucket.s3.amazonaws.com"),
    bucket: "test.txt",
    region: "us-east-1",
    accessKey: "AKIAIOSFODNN7EXAMPLE",
    secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    validSeconds: 86_400,
  });
  const url = new URL(sign("GET", "", {}, new Date("2013-05-24T00:00:00Z")));
  expect(url.searchParams.get("X-Amz-Signature")).toBe(
    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  );
});

test.each([
  ["GET", "blobs/0a/1", {}],
  ["PUT", "blobs/0a/1", { partNumber: "17", uploadId: "YWJj+/=.~ d-e" }],
] as const)("a %s of %s is signed as the minio package signs it", async (method, key, query) => {
  const endpoint = new URL("http://127.0.0.1:9000");
  const client = new Client({
    ...NAMES,
    endPoint: endpoint.hostname,
    port: 9_000,
    useSSL: false,
    pathStyle: true,
  });
  const sign = createSigner({ ...NAMES, endpoint, validSeconds: 600 });
  for (const now of [new Date("2026-02-28T23:59:59Z"), new Date("2026-03-01T00:00:00Z")]) {
    const theirs = new URL(await client.presignedUrl(method, NAMES.bucket, key, 600, query, now));
    const ours = new URL(sign(method, key, query, now));
    expect(Object.fromEntries(ours.searchParams)).toEqual(Object.fromEntries(theirs.searchParams));
    expect(ours.origin + ours.pathname).toBe(theirs.origin + theirs.pathname);
  }
});
