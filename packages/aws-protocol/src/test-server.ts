/** A server that answers what the tests want, and the SDK's own clients talking to it without a socket. */
import * as ecs from "@aws-sdk/client-ecs";
import { CreateCluster$, ECSClient } from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import type { ServiceConstraints } from "./constraints.ts";
import { awsError } from "./errors.ts";
import ecsTable from "./generated/constraints-ecs.json" with { type: "json" };
import iamTable from "./generated/constraints-iam.json" with { type: "json" };
import stsTable from "./generated/constraints-sts.json" with { type: "json" };
import { operationFactory } from "./operation.ts";
import { createRouter, type DispatchHooks } from "./router.ts";
import type { ServiceDefinition } from "./service.ts";
import { verifySigV4 } from "./verify-sigv4.ts";
import type { WireRequest } from "./wire.ts";

export const KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const operation = operationFactory<null>();
export const seen: unknown[] = [];

/** Answers with what `outputs` holds, whatever was asked. */
const fake = (schema: unknown, output: unknown, keepUnknown = false) =>
  operation(schema as typeof CreateCluster$, {
    keepUnknown,
    authorize: () => [],
    handle: async ({ input }) => {
      seen.push(input);
      if (output instanceof Error) throw output;
      return output as never;
    },
  });

const DATE = new Date("2026-01-02T03:04:05.000Z");
export const TASK = {
  taskArn: "arn:aws:ecs:us-east-1:1:task/a/b",
  createdAt: DATE,
  tags: [{ key: "k", value: "<&>\u00e9" }],
  version: 3,
};
export const USER = {
  Path: "/",
  UserName: "a<&>b",
  UserId: "AIDA",
  Arn: "arn:aws:iam::1:user/a",
  CreateDate: DATE,
};
export const GROUP = {
  Path: "/",
  GroupName: "g",
  GroupId: "AGPA",
  Arn: "arn:aws:iam::1:group/g",
  CreateDate: DATE,
};

const services: ServiceDefinition<null>[] = [
  {
    name: "ECS",
    protocol: "awsJson1.1",
    targetPrefix: "AmazonEC2ContainerServiceV20141113",
    signingName: "ecs",
    validationCode: "InvalidParameterException",
    load: async () => ({
      operations: {
        CreateCluster: fake(CreateCluster$, { cluster: { clusterName: "c", tags: [] } }),
        DescribeTasks: fake(ecs.DescribeTasks$, { tasks: [TASK], failures: [] }),
        RunTask: fake(ecs.RunTask$, { tasks: [], failures: [{ arn: "a", reason: "RESOURCE:CPU" }] }),
        RegisterTaskDefinition: fake(ecs.RegisterTaskDefinition$, {}),
        TagResource: fake(ecs.TagResource$, undefined),
        DeleteCluster: fake(ecs.DeleteCluster$, awsError("ClusterNotFoundException", "Cluster not found.")),
        ListClusters: fake(ecs.ListClusters$, new Error("the password is hunter2")),
        RegisterContainerInstance: fake(ecs.RegisterContainerInstance$, {}, true),
      },
      unsupported: { CreateService: "not built yet" },
      constraints: ecsTable as unknown as ServiceConstraints,
    }),
  },
  {
    name: "IAM",
    protocol: "query",
    version: "2010-05-08",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    signingName: "iam",
    validationCode: "ValidationError",
    load: async () => ({
      operations: {
        CreateUser: fake(iam.CreateUser$, { User: USER }),
        ListUsers: fake(iam.ListUsers$, { Users: [USER, USER], IsTruncated: false }),
        GetGroup: fake(iam.GetGroup$, { Group: GROUP, Users: [] }),
        DeleteUser: fake(iam.DeleteUser$, undefined),
        GetUser: fake(iam.GetUser$, awsError("NoSuchEntity", "no <user>", 404)),
        SimulateCustomPolicy: fake(iam.SimulateCustomPolicy$, { EvaluationResults: [] }),
      },
      unsupported: { CreateRole: "not built yet" },
      constraints: iamTable as unknown as ServiceConstraints,
    }),
  },
  {
    name: "STS",
    protocol: "query",
    version: "2011-06-15",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    signingName: "sts",
    validationCode: "ValidationError",
    load: async () => ({
      operations: {
        GetCallerIdentity: fake(sts.GetCallerIdentity$, { Account: "1", Arn: "a", UserId: "u" }),
      },
      unsupported: {},
      constraints: stsTable as unknown as ServiceConstraints,
    }),
  },
];
export const dispatch = createRouter(services);
export const hooks = (now = new Date()): DispatchHooks<null> => ({
  requestId: "11111111-2222-3333-4444-555555555555",
  authenticate: async (request, route) => {
    await verifySigV4(request, {
      now,
      service: route.signingName,
      lookup: async (id, token) =>
        id === KEY.accessKeyId && token === null
          ? { secretAccessKey: KEY.secretAccessKey, active: true }
          : null,
    });
    return null;
  },
  authorize: () => {},
});

interface SdkRequest {
  method: string;
  path: string;
  query?: Record<string, string>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}
const wireOf = (request: SdkRequest): WireRequest => ({
  method: request.method,
  path: request.path,
  query: new URLSearchParams(request.query ?? {}).toString(),
  headers: Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  ),
  body: Buffer.from(request.body ?? ""),
});
export const wires: WireRequest[] = [];
const config = {
  region: "us-east-1",
  endpoint: "http://127.0.0.1:4700",
  credentials: KEY,
  maxAttempts: 1,
  requestHandler: {
    handle: async (request: SdkRequest) => {
      const wire = wireOf(request);
      wires.push(wire);
      const { response } = await dispatch(wire, hooks());
      const { Readable } = await import("node:stream");
      return {
        response: {
          statusCode: response.status,
          headers: response.headers,
          body: Readable.from([Buffer.from(response.body)]),
        },
      };
    },
  },
} as never;
export const clients = {
  ecs: new ECSClient(config),
  iam: new iam.IAMClient(config),
  sts: new sts.STSClient(config),
};
