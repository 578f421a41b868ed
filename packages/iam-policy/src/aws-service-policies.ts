/**
 * Of AWS's own managed policies those for what tasks and machines use beside ECS and ECR: logs, secrets, parameters, metrics,
 * certificates, load balancers. `aws-managed-policies` puts them among the others.
 */

export type PolicyDraft = readonly [path: string, description: string, statements: readonly object[]];

export const allow = (action: string | readonly string[], more: object = {}) => ({
  Effect: "Allow",
  Action: action,
  Resource: "*",
  ...more,
});

const READ_LOGS = [
  "logs:Describe*",
  "logs:Get*",
  "logs:List*",
  "logs:StartQuery",
  "logs:StopQuery",
  "logs:TestMetricFilter",
  "logs:FilterLogEvents",
];
const BALANCERS_NETWORK = [
  "ec2:DescribeAccountAttributes",
  "ec2:DescribeAddresses",
  "ec2:DescribeInternetGateways",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
  "ec2:DescribeInstances",
  "ec2:DescribeNetworkInterfaces",
];

export const SERVICE_POLICIES: Readonly<Record<string, PolicyDraft>> = {
  AmazonEC2ContainerServiceRole: [
    "/service-role/",
    "Default policy for Amazon ECS service role.",
    [
      allow([
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:Describe*",
        "elasticloadbalancing:DeregisterInstancesFromLoadBalancer",
        "elasticloadbalancing:DeregisterTargets",
        "elasticloadbalancing:Describe*",
        "elasticloadbalancing:RegisterInstancesWithLoadBalancer",
        "elasticloadbalancing:RegisterTargets",
      ]),
    ],
  ],
  AmazonSSMReadOnlyAccess: [
    "/",
    "Provides read only access to Amazon SSM.",
    [allow(["ssm:Describe*", "ssm:Get*", "ssm:List*"])],
  ],
  AWSCertificateManagerFullAccess: [
    "/",
    "Provides full access to AWS Certificate Manager (ACM)",
    [allow("acm:*")],
  ],
  AWSCertificateManagerReadOnly: [
    "/",
    "Provides read only access to AWS Certificate Manager (ACM).",
    [
      allow([
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "acm:GetCertificate",
        "acm:ListTagsForCertificate",
        "acm:GetAccountConfiguration",
      ]),
    ],
  ],
  CloudWatchAgentServerPolicy: [
    "/",
    "Permissions required to use AmazonCloudWatchAgent on servers",
    [
      allow([
        "cloudwatch:PutMetricData",
        "ec2:DescribeVolumes",
        "ec2:DescribeTags",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
        "logs:DescribeLogStreams",
        "logs:DescribeLogGroups",
        "logs:CreateLogStream",
        "logs:CreateLogGroup",
      ]),
      allow("ssm:GetParameter", { Resource: "arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*" }),
    ],
  ],
  CloudWatchLogsFullAccess: ["/", "Provides full access to CloudWatch Logs", [allow("logs:*")]],
  CloudWatchLogsReadOnlyAccess: ["/", "Provides read only access to CloudWatch Logs", [allow(READ_LOGS)]],
  CloudWatchReadOnlyAccess: [
    "/",
    "Provides read only access to CloudWatch.",
    [
      allow([
        "application-autoscaling:DescribeScalingPolicies",
        "cloudwatch:BatchGet*",
        "cloudwatch:Describe*",
        "cloudwatch:Get*",
        "cloudwatch:List*",
        ...READ_LOGS,
      ]),
    ],
  ],
  ElasticLoadBalancingFullAccess: [
    "/",
    "Provides full access to Amazon ElasticLoadBalancing, and limited access to other services necessary to provide ElasticLoadBalancing features.",
    [allow("elasticloadbalancing:*"), allow(BALANCERS_NETWORK)],
  ],
  ElasticLoadBalancingReadOnly: [
    "/",
    "Provides read only access to Amazon ElasticLoadBalancing and dependent services",
    [allow(["elasticloadbalancing:Describe*", "elasticloadbalancing:Get*"]), allow(BALANCERS_NETWORK)],
  ],
  SecretsManagerReadWrite: [
    "/",
    "Provides read/write access to AWS Secrets Manager via the AWS Management Console.",
    [
      allow([
        "secretsmanager:*",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "tag:GetResources",
      ]),
    ],
  ],
};
