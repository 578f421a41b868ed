import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { awsCli, awsCliMissing } from "./support/aws-cli.ts";
import { describeWith } from "./support/needs.ts";

describeWith(awsCliMissing(), "the AWS CLI", async () => {
  const account = await createAccount();
  afterAll(() => account.close());
  const aws = awsCli(account);

  /** What a command printed that must succeed. */
  async function said(service: string, command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await aws(service, command, ...args, "--output", "text");
    expect({ command, args, code, stderr }).toEqual({ command, args, code: 0, stderr: "" });
    return stdout.trim();
  }
  const elb = (command: string, ...args: readonly string[]) => said("elbv2", command, ...args);

  test("makes a load balancer with its parts, changes and deletes it with the commands of the AWS tutorial", async () => {
    const vpc = await said("ec2", "describe-vpcs", "--query", "Vpcs[0].VpcId");
    const subnets = await said("ec2", "describe-subnets", "--query", "Subnets[].SubnetId");
    const arn = await elb(
      ...(["create-load-balancer", "--name", "web", "--subnets", ...subnets.split("\t")] as const),
      ...["--tags", "Key=team,Value=a", "--query", "LoadBalancers[0].LoadBalancerArn"],
    );
    const group = await elb(
      ...(["create-target-group", "--name", "app", "--protocol", "HTTP", "--port", "8080"] as const),
      ...["--vpc-id", vpc, "--target-type", "ip", "--query", "TargetGroups[0].TargetGroupArn"],
    );
    await elb(
      "register-targets",
      "--target-group-arn",
      group,
      "--targets",
      "Id=10.0.0.5,Port=8080",
      "Id=10.0.0.6",
    );
    const listener = await elb(
      ...(["create-listener", "--load-balancer-arn", arn, "--protocol", "HTTP", "--port", "8099"] as const),
      ...["--default-actions", `Type=forward,TargetGroupArn=${group}`, "--query", "Listeners[0].ListenerArn"],
    );
    const rule = await elb(
      ...(["create-rule", "--listener-arn", listener, "--priority", "10"] as const),
      ...["--conditions", "Field=path-pattern,Values=/old/*"],
      ...["--actions", "Type=redirect,RedirectConfig={Path=/new,StatusCode=HTTP_301}"],
      ...["--query", "Rules[0].RuleArn"],
    );
    await elb("set-rule-priorities", "--rule-priorities", `RuleArn=${rule},Priority=5`);
    expect(await elb("describe-rules", "--listener-arn", listener, "--query", "Rules[].Priority")).toBe(
      "5\tdefault",
    );
    const ids = "TargetHealthDescriptions[].Target.Id";
    expect(await elb("describe-target-health", "--target-group-arn", group, "--query", ids)).toBe(
      "10.0.0.5\t10.0.0.6",
    );
    await elb(
      ...(["modify-target-group-attributes", "--target-group-arn", group] as const),
      ...["--attributes", "Key=deregistration_delay.timeout_seconds,Value=5"],
    );
    const tags = "TagDescriptions[].Tags[].[Key,Value]";
    expect(await elb("describe-tags", "--resource-arns", arn, "--query", tags)).toBe("team\ta");

    const refused = await aws("elbv2", "delete-target-group", "--target-group-arn", group);
    expect(refused.stderr).toContain(
      "An error occurred (ResourceInUse) when calling the DeleteTargetGroup operation",
    );
    await elb("delete-load-balancer", "--load-balancer-arn", arn);
    await elb("wait", "load-balancers-deleted", "--load-balancer-arns", arn);
    await elb("delete-target-group", "--target-group-arn", group);
    expect(await elb("describe-target-groups", "--query", "TargetGroups")).toBe("");
  });

  test("requests a certificate, waits for it, reads and deletes it", async () => {
    const arn = await said("acm", "request-certificate", "--domain-name", "example.com");
    await said("acm", "wait", "certificate-validated", "--certificate-arn", arn);
    const names = ["--query", "Certificate.[DomainName,Status,Type]"];
    expect(await said("acm", "describe-certificate", "--certificate-arn", arn, ...names)).toBe(
      "example.com\tISSUED\tAMAZON_ISSUED",
    );
    expect(await said("acm", "get-certificate", "--certificate-arn", arn)).toContain("BEGIN CERTIFICATE");
    const listed = ["--query", "CertificateSummaryList[].CertificateArn"];
    expect(await said("acm", "list-certificates", ...listed)).toBe(arn);
    await said("acm", "delete-certificate", "--certificate-arn", arn);
    expect(await said("acm", "list-certificates", ...listed)).toBe("");
  });
});
