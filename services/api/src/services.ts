/** The AWS services this api speaks for, each imported with its first request. Imports are literal, so that a bundle holds them. */
import { ec2Message, parameterMessage, type ServiceConstraints } from "@roadstead/aws-protocol/constraints";
import type { ServiceDefinition } from "@roadstead/aws-protocol/service";
import { errorShapes } from "./cloudwatch/errors.ts";
import type { ApiContext } from "./context.ts";

export const services: readonly ServiceDefinition<ApiContext>[] = [
  {
    name: "ACM",
    protocol: "awsJson1.1",
    targetPrefix: "CertificateManager",
    signingName: "acm",
    validationCode: "ValidationException",
    load: async () => ({
      ...(await import("./acm/operations.ts")),
      ...(await import("./acm/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-acm.json", { with: { type: "json" } }),
      ),
    }),
  },
  {
    name: "ApplicationAutoScaling",
    protocol: "awsJson1.1",
    targetPrefix: "AnyScaleFrontendService",
    signingName: "application-autoscaling",
    validationCode: "ValidationException",
    load: async () => ({
      ...(await import("./applicationautoscaling/operations.ts")),
      ...(await import("./applicationautoscaling/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-application-autoscaling.json", {
          with: { type: "json" },
        }),
      ),
    }),
  },
  {
    name: "CloudWatch",
    protocol: "query",
    version: "2010-08-01",
    xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    queryCompatible: { name: "GraniteServiceVersion20100801", errorShapes },
    signingName: "monitoring",
    validationCode: "ValidationError",
    load: async () => ({
      ...(await import("./cloudwatch/operations.ts")),
      ...(await import("./cloudwatch/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-cloudwatch.json", {
          with: { type: "json" },
        }),
      ),
    }),
  },
  {
    name: "EC2",
    protocol: "ec2Query",
    version: "2016-11-15",
    xmlNamespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    signingName: "ec2",
    validationCode: "InvalidParameterValue",
    missingCode: "MissingParameter",
    validationMessage: ec2Message,
    load: async () => ({
      ...(await import("./ec2/operations.ts")),
      ...(await import("./ec2/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-ec2.json", { with: { type: "json" } }),
      ),
    }),
  },
  {
    name: "ECR",
    protocol: "awsJson1.1",
    targetPrefix: "AmazonEC2ContainerRegistry_V20150921",
    signingName: "ecr",
    validationCode: "InvalidParameterException",
    validationMessage: parameterMessage,
    load: async () => ({
      ...(await import("./ecr/operations.ts")),
      ...(await import("./ecr/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-ecr.json", { with: { type: "json" } }),
      ),
    }),
  },
  {
    name: "ECS",
    protocol: "awsJson1.1",
    targetPrefix: "AmazonEC2ContainerServiceV20141113",
    signingName: "ecs",
    validationCode: "InvalidParameterException",
    load: async () => ({
      ...(await import("./ecs/operations.ts")),
      ...(await import("./ecs/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-ecs.json", { with: { type: "json" } }),
      ),
    }),
  },
  {
    name: "ELBv2",
    protocol: "query",
    version: "2015-12-01",
    xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    signingName: "elasticloadbalancing",
    validationCode: "ValidationError",
    load: async () => ({
      ...(await import("./elbv2/operations.ts")),
      ...(await import("./elbv2/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-elbv2.json", { with: { type: "json" } }),
      ),
    }),
  },
  {
    name: "EventBridge",
    protocol: "awsJson1.1",
    targetPrefix: "AWSEvents",
    signingName: "events",
    validationCode: "ValidationException",
    load: async () => ({
      ...(await import("./events/operations.ts")),
      ...(await import("./events/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-events.json", { with: { type: "json" } }),
      ),
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
      ...(await import("./iam/operations.ts")),
      ...(await import("./iam/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-iam.json", { with: { type: "json" } }),
      ),
    }),
  },
  {
    name: "Logs",
    protocol: "awsJson1.1",
    targetPrefix: "Logs_20140328",
    signingName: "logs",
    validationCode: "InvalidParameterException",
    // A batch is measured in the bytes of its events, which JSON may need several more for.
    bodyMaxBytes: 8 * 1024 * 1024,
    load: async () => ({
      ...(await import("./logs/operations.ts")),
      ...(await import("./logs/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-logs.json", { with: { type: "json" } }),
      ),
    }),
  },
  {
    name: "SecretsManager",
    protocol: "awsJson1.1",
    targetPrefix: "secretsmanager",
    signingName: "secretsmanager",
    validationCode: "ValidationException",
    load: async () => ({
      ...(await import("./secretsmanager/operations.ts")),
      ...(await import("./secretsmanager/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-secretsmanager.json", {
          with: { type: "json" },
        }),
      ),
    }),
  },
  {
    name: "SSM",
    protocol: "awsJson1.1",
    targetPrefix: "AmazonSSM",
    signingName: "ssm",
    validationCode: "ValidationException",
    load: async () => ({
      ...(await import("./ssm/operations.ts")),
      ...(await import("./ssm/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-ssm.json", {
          with: { type: "json" },
        }),
      ),
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
      ...(await import("./sts/operations.ts")),
      ...(await import("./sts/unsupported.ts")),
      constraints: constraints(
        await import("@roadstead/aws-protocol/generated/constraints-sts.json", { with: { type: "json" } }),
      ),
    }),
  },
];

/** The tables are written by a tool of ours from a fixed model: their shape is known. */
const constraints = (module: { readonly default: unknown }) => module.default as ServiceConstraints;
