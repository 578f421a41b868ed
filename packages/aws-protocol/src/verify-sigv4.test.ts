import { CreateClusterCommand as SendCreateCluster } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { clients, dispatch, hooks, wires } from "./test-server.ts";
import type { WireRequest } from "./wire.ts";

describe("a signature holds only for what was signed", () => {
  const attempt = async (change: (wire: WireRequest) => WireRequest, now?: Date) =>
    (await dispatch(change(wires.at(-1) as WireRequest), hooks(now))).error?.code ?? "ok";
  const header =
    (name: string, value: string) =>
    (wire: WireRequest): WireRequest => ({ ...wire, headers: { ...wire.headers, [name]: value } });
  const authorization =
    (from: RegExp, to: string) =>
    (wire: WireRequest): WireRequest =>
      header("authorization", (wire.headers.authorization ?? "").replace(from, to))(wire);
  const without =
    (name: string) =>
    (wire: WireRequest): WireRequest => ({
      ...wire,
      headers: Object.fromEntries(Object.entries(wire.headers).filter(([key]) => key !== name)),
    });
  it.each<[string, (wire: WireRequest) => WireRequest, string]>([
    ["nothing", (wire) => wire, "ok"],
    ["body", (wire) => ({ ...wire, body: Buffer.from('{"clusterName":"d"}') }), "InvalidSignatureException"],
    ["path", (wire) => ({ ...wire, path: "/x" }), "InvalidSignatureException"],
    ["query", (wire) => ({ ...wire, query: "a=b" }), "InvalidSignatureException"],
    ["method", (wire) => ({ ...wire, method: "PUT" }), "InvalidSignatureException"],
    ["host", header("host", "evil"), "InvalidSignatureException"],
    [
      "target",
      header("x-amz-target", "AmazonEC2ContainerServiceV20141113.DeleteCluster"),
      "InvalidSignatureException",
    ],
    ["an unsigned x-amz header", header("x-amz-extra", "1"), "InvalidSignatureException"],
    ["session token", header("x-amz-security-token", "t"), "InvalidSignatureException"],
    ["payload hash", header("x-amz-content-sha256", "0".repeat(64)), "InvalidSignatureException"],
    ["signature", authorization(/Signature=.{8}/, "Signature=00000000"), "InvalidSignatureException"],
    ["short signature", authorization(/Signature=.*/, "Signature=00"), "InvalidSignatureException"],
    ["region", authorization(/us-east-1/, "us-east-2"), "InvalidSignatureException"],
    ["service", authorization(/\/ecs\//, "/iam/"), "InvalidSignatureException"],
    ["scope date", authorization(/\/\d{8}\//, "/20200101/"), "InvalidSignatureException"],
    ["terminator", authorization(/aws4_request/, "aws5_request"), "IncompleteSignatureException"],
    ["key", authorization(/AKIDEXAMPLE/, "AKIDOTHER"), "UnrecognizedClientException"],
    ["unsigned host", authorization(/host;/, ""), "InvalidSignatureException"],
    [
      "a header named like an object's own member",
      authorization(/SignedHeaders=/, "SignedHeaders=constructor;"),
      "InvalidSignatureException",
    ],
    ["two signatures", authorization(/$/, ", Signature=00"), "IncompleteSignatureException"],
    ["another algorithm", authorization(/^AWS4-HMAC-SHA256/, "AWS4-ECDSA"), "IncompleteSignatureException"],
    ["no date", without("x-amz-date"), "IncompleteSignatureException"],
    ["no signature", without("authorization"), "MissingAuthenticationTokenException"],
  ])("changed: %s", async (_, change, code) => {
    await clients.ecs.send(new SendCreateCluster({ clusterName: "c" }));
    expect(await attempt(change)).toBe(code);
  });
  it("for five minutes, either way", async () => {
    await clients.ecs.send(new SendCreateCluster({ clusterName: "c" }));
    const at = (seconds: number) => attempt((wire) => wire, new Date(Date.now() + seconds * 1_000));
    expect(await at(290)).toBe("ok");
    expect(await at(-290)).toBe("ok");
    expect(await at(310)).toBe("InvalidSignatureException");
    expect(await at(-310)).toBe("InvalidSignatureException");
  });
});
