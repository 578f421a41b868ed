import { expect, test } from "vitest";
import { madeIn, terraformEnvironment } from "./stack-with-terraform.ts";

const env = {
  PATH: "/bin",
  AWS_PROFILE: "production",
  AWS_ENDPOINT_URL: "https://elsewhere.example",
  TF_VAR_team: "x",
  TF_CLI_CONFIG_FILE: "/etc/terraformrc",
};

test("Terraform sees no account of AWS but the one it is given", () => {
  const given = terraformEnvironment(env, { AWS_ENDPOINT_URL: "http://127.0.0.1:4700" });
  expect(given).toMatchObject({ PATH: "/bin", AWS_ENDPOINT_URL: "http://127.0.0.1:4700" });
  expect(given).not.toHaveProperty("AWS_PROFILE");
  expect(given).not.toHaveProperty("TF_VAR_team");
  expect(given.TF_CLI_CONFIG_FILE).toBe("/etc/terraformrc");
});

test("Terraform looks for providers in the folder it is given and nowhere else", () =>
  expect(terraformEnvironment(env, { ROADSTEAD_TERRAFORM_PLUGINS: "/plugins" })).toMatchObject({
    TF_CLI_CONFIG_FILE: "/dev/null",
  }));

test("counts what Terraform says it is done with", () => {
  const log = `aws_vpc.main: Creating...
aws_vpc.main: Creation complete after 1s [id=vpc-1]
aws_subnet.private[0]: Destruction complete after 0s
aws_lb.main: Still creating... [10s elapsed]
Apply complete! Resources: 2 added, 0 changed, 0 destroyed.`;
  expect(madeIn(log)).toBe(2);
});
