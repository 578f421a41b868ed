/**
 * The managed policies that AWS itself keeps, by their ARNs, as far as they speak of services that are served here.
 * IAM operations list them; resolving a principal puts their documents among its own.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */

import { allow, type PolicyDraft, SERVICE_POLICIES } from "./aws-service-policies.ts";

export type AwsManagedPolicy = {
  readonly arn: string;
  readonly policyId: string;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly document: string;
};

type Draft = PolicyDraft;

const ECR_PULL = [
  "ecr:GetAuthorizationToken",
  "ecr:BatchCheckLayerAvailability",
  "ecr:GetDownloadUrlForLayer",
  "ecr:BatchGetImage",
];
const ECR_READ = [
  ...ECR_PULL,
  "ecr:GetRepositoryPolicy",
  "ecr:DescribeRepositories",
  "ecr:ListImages",
  "ecr:DescribeImages",
  "ecr:GetLifecyclePolicy",
  "ecr:GetLifecyclePolicyPreview",
  "ecr:ListTagsForResource",
  "ecr:DescribeImageScanFindings",
];
const ECR_PUSH = [
  "ecr:InitiateLayerUpload",
  "ecr:UploadLayerPart",
  "ecr:CompleteLayerUpload",
  "ecr:PutImage",
];
const WRITE_LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"];

const passing = (...services: string[]) => ({
  Condition: { StringLike: { "iam:PassedToService": services } },
});

const DRAFTS: Readonly<Record<string, Draft>> = {
  AdministratorAccess: ["/", "Provides full access to AWS services and resources.", [allow("*")]],
  AmazonEC2ContainerRegistryFullAccess: [
    "/",
    "Provides administrative access to Amazon ECR resources",
    [allow("ecr:*")],
  ],
  AmazonEC2ContainerRegistryPowerUser: [
    "/",
    "Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes.",
    [allow([...ECR_READ, ...ECR_PUSH])],
  ],
  AmazonEC2ContainerRegistryPullOnly: [
    "/",
    "Grants access to pull images from Amazon ECR",
    [allow(["ecr:BatchImportUpstreamImage", ...ECR_PULL])],
  ],
  AmazonEC2ContainerRegistryReadOnly: [
    "/",
    "Provides read-only access to Amazon EC2 Container Registry repositories.",
    [allow(ECR_READ)],
  ],
  AmazonEC2ContainerServiceAutoscaleRole: [
    "/service-role/",
    "Policy to enable Task Autoscaling for Amazon EC2 Container Service",
    [
      allow(["ecs:DescribeServices", "ecs:UpdateService"]),
      allow(["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"]),
    ],
  ],
  AmazonEC2ContainerServiceEventsRole: [
    "/service-role/",
    "Policy to enable CloudWatch Events for EC2 Container Service",
    [
      allow("ecs:RunTask"),
      allow("iam:PassRole", passing("ecs-tasks.amazonaws.com")),
      allow("ecs:TagResource", { Condition: { StringEquals: { "ecs:CreateAction": ["RunTask"] } } }),
    ],
  ],
  AmazonEC2ContainerServiceforEC2Role: [
    "/service-role/",
    "Default policy for the Amazon EC2 Role for Amazon EC2 Container Service.",
    [
      allow([
        "ec2:DescribeTags",
        "ecs:CreateCluster",
        "ecs:DeregisterContainerInstance",
        "ecs:DiscoverPollEndpoint",
        "ecs:Poll",
        "ecs:RegisterContainerInstance",
        "ecs:StartTelemetrySession",
        "ecs:UpdateContainerInstancesState",
        "ecs:Submit*",
        ...ECR_PULL,
        ...WRITE_LOGS,
      ]),
      allow("ecs:TagResource", {
        Condition: { StringEquals: { "ecs:CreateAction": ["CreateCluster", "RegisterContainerInstance"] } },
      }),
    ],
  ],
  AmazonECS_FullAccess: [
    "/",
    "Provides administrative access to Amazon ECS resources and enables ECS features through access to other AWS service resources.",
    [
      allow([
        "ecs:*",
        "application-autoscaling:*",
        "cloudwatch:*Alarm*",
        "cloudwatch:GetMetricStatistics",
        "ec2:Describe*",
        "elasticloadbalancing:*",
        "events:*Rule*",
        "events:*Targets*",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfiles",
        "iam:ListRoles",
        "logs:CreateLogGroup",
        "logs:DescribeLogGroups",
        "logs:FilterLogEvents",
        "servicediscovery:*",
      ]),
      allow("iam:PassRole", passing("ecs-tasks.amazonaws.com")),
      allow("iam:PassRole", {
        Resource: ["arn:aws:iam::*:role/ecsInstanceRole*"],
        ...passing("ec2.amazonaws.com", "ec2.amazonaws.com.cn"),
      }),
      allow("iam:PassRole", {
        Resource: ["arn:aws:iam::*:role/ecsAutoscaleRole*"],
        ...passing("application-autoscaling.amazonaws.com", "application-autoscaling.amazonaws.com.cn"),
      }),
    ],
  ],
  AmazonECSTaskExecutionRolePolicy: [
    "/service-role/",
    "Provides access to other AWS service resources that are required to run Amazon ECS tasks",
    [allow([...ECR_PULL, ...WRITE_LOGS])],
  ],
  AWSApplicationAutoscalingECSServicePolicy: [
    "/aws-service-role/",
    "Policy granting permissions to Application Auto Scaling to access ECS and CloudWatch.",
    [
      allow([
        "ecs:DescribeServices",
        "ecs:UpdateService",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DeleteAlarms",
      ]),
    ],
  ],
  IAMFullAccess: ["/", "Provides full access to IAM.", [allow("iam:*")]],
  IAMReadOnlyAccess: ["/", "Provides read only access to IAM.", [allow(["iam:Get*", "iam:List*"])]],
  PowerUserAccess: [
    "/",
    "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
    [
      { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
      allow(["iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles"]),
    ],
  ],
  ReadOnlyAccess: [
    "/",
    "Provides read-only access to AWS services and resources.",
    [
      allow([
        "acm:Describe*",
        "acm:Get*",
        "acm:List*",
        "application-autoscaling:Describe*",
        "application-autoscaling:List*",
        "cloudwatch:Describe*",
        "cloudwatch:Get*",
        "cloudwatch:List*",
        "ec2:Describe*",
        "ec2:Get*",
        "ecr:BatchCheck*",
        "ecr:BatchGet*",
        "ecr:Describe*",
        "ecr:Get*",
        "ecr:List*",
        "ecs:Describe*",
        "ecs:Get*",
        "ecs:List*",
        "elasticloadbalancing:Describe*",
        "events:Describe*",
        "events:List*",
        "events:TestEventPattern",
        "iam:Get*",
        "iam:List*",
        "logs:Describe*",
        "logs:FilterLogEvents",
        "logs:Get*",
        "logs:List*",
        "secretsmanager:Describe*",
        "secretsmanager:GetResourcePolicy",
        "secretsmanager:List*",
        "ssm:Describe*",
        "ssm:Get*",
        "ssm:List*",
        "sts:GetAccessKeyInfo",
        "sts:GetCallerIdentity",
        "sts:GetSessionToken",
      ]),
    ],
  ],
};

/** Sixteen characters of base 32, made of the name. */
const idOf = (name: string) =>
  `ANPA${name
    .toUpperCase()
    .replace(/[^A-Z2-7]/g, "")
    .padEnd(16, "A")
    .slice(-16)}`;

const make = ([name, [path, description, Statement]]: readonly [string, Draft]): AwsManagedPolicy => ({
  arn: `arn:aws:iam::aws:policy${path}${name}`,
  policyId: idOf(name),
  name,
  path,
  description,
  document: JSON.stringify({ Version: "2012-10-17", Statement }, null, 2),
});

/** In the order of their ARNs. */
export const awsManagedPolicies: readonly AwsManagedPolicy[] = Object.entries({
  ...DRAFTS,
  ...SERVICE_POLICIES,
})
  .map(make)
  .sort((a, b) => (a.arn < b.arn ? -1 : 1));

const byArn = new Map(awsManagedPolicies.map((policy) => [policy.arn, policy]));

export const awsManagedPolicy = (arn: string): AwsManagedPolicy | null => byArn.get(arn) ?? null;
