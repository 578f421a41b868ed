import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { awsCli, awsCliMissing } from "./support/aws-cli.ts";
import { describeWith } from "./support/needs.ts";

/** Some twenty commands, of which each takes a second or two. */
const TIMEOUT_MS = 300_000;

describeWith(awsCliMissing(), "the AWS CLI", async () => {
  const account = await createAccount();
  afterAll(() => account.close());
  const aws = awsCli(account);

  /** What a command printed that must succeed. */
  async function ec2(command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await aws("ec2", command, ...args, "--output", "text");
    expect({ command, args, code, stderr }).toEqual({ command, args, code: 0, stderr: "" });
    return stdout.trim();
  }

  test(
    "makes a network by hand, looks at it and takes it down again",
    async () => {
      const defaults = ["--filters", "Name=is-default,Values=true", "--query", "Vpcs[].CidrBlock"];
      expect(await ec2("describe-vpcs", ...defaults)).toBe("172.31.0.0/16");
      expect(await ec2("describe-availability-zones", "--query", "AvailabilityZones[].ZoneName")).toBe(
        "us-east-1a\tus-east-1b\tus-east-1c",
      );
      const named = ["--tag-specifications", "ResourceType=vpc,Tags=[{Key=Name,Value=by hand}]"];
      const vpc = await ec2("create-vpc", "--cidr-block", "10.9.0.0/16", ...named, "--query", "Vpc.VpcId");
      await ec2("wait", "vpc-available", "--vpc-ids", vpc);
      await ec2("modify-vpc-attribute", "--vpc-id", vpc, "--enable-dns-hostnames");
      const hostnames = ["--attribute", "enableDnsHostnames", "--query", "EnableDnsHostnames.Value"];
      expect(await ec2("describe-vpc-attribute", "--vpc-id", vpc, ...hostnames)).toBe("True");
      const block = ["--vpc-id", vpc, "--cidr-block", "10.9.1.0/24"];
      const subnet = await ec2("create-subnet", ...block, "--query", "Subnet.SubnetId");
      await ec2("wait", "subnet-available", "--subnet-ids", subnet);
      const group = await ec2(
        "create-security-group",
        ...["--group-name", "web", "--description", "by hand", "--vpc-id", vpc, "--query", "GroupId"],
      );
      const port = ["--protocol", "tcp", "--port", "80", "--cidr", "10.0.0.0/8"];
      await ec2("authorize-security-group-ingress", "--group-id", group, ...port);
      const ports = "SecurityGroups[].IpPermissions[].[FromPort,ToPort,IpRanges[0].CidrIp]";
      expect(await ec2("describe-security-groups", "--group-ids", group, "--query", ports)).toBe(
        "80\t80\t10.0.0.0/8",
      );
      await ec2("revoke-security-group-ingress", "--group-id", group, ...port);

      const gateway = await ec2("create-internet-gateway", "--query", "InternetGateway.InternetGatewayId");
      await ec2("attach-internet-gateway", "--internet-gateway-id", gateway, "--vpc-id", vpc);
      const address = await ec2("allocate-address", "--query", "AllocationId");
      const from = ["--subnet-id", subnet, "--allocation-id", address];
      const nat = await ec2("create-nat-gateway", ...from, "--query", "NatGateway.NatGatewayId");
      await ec2("wait", "nat-gateway-available", "--nat-gateway-ids", nat);
      const table = await ec2("create-route-table", "--vpc-id", vpc, "--query", "RouteTable.RouteTableId");
      const out = ["--route-table-id", table, "--destination-cidr-block", "0.0.0.0/0"];
      await ec2("create-route", ...out, "--nat-gateway-id", nat);
      expect((await aws("ec2", "delete-vpc", "--vpc-id", vpc)).stderr).toContain("(DependencyViolation)");

      await ec2("delete-nat-gateway", "--nat-gateway-id", nat);
      await ec2("wait", "nat-gateway-deleted", "--nat-gateway-ids", nat);
      await ec2("release-address", "--allocation-id", address);
      await ec2("delete-route-table", "--route-table-id", table);
      await ec2("detach-internet-gateway", "--internet-gateway-id", gateway, "--vpc-id", vpc);
      await ec2("delete-internet-gateway", "--internet-gateway-id", gateway);
      await ec2("delete-security-group", "--group-id", group);
      await ec2("delete-subnet", "--subnet-id", subnet);
      await ec2("delete-vpc", "--vpc-id", vpc);
      expect((await aws("ec2", "describe-vpcs", "--vpc-ids", vpc)).stderr).toContain(
        "(InvalidVpcID.NotFound)",
      );
    },
    TIMEOUT_MS,
  );
});
