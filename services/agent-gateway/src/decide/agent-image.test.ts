import type { ContainerDefinition } from "@roadstead/model/task-definition";
import { expect, test } from "vitest";
import { agentImage } from "./agent-image.ts";
import { aContainer, aDefinition, aRenderInput, IMAGE_NAMES } from "./definition-builders.ts";
import { type RenderInput, renderTask } from "./render-task.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web:1";
const PULLED = "127.0.0.1:4701/111122223333.eu-west-1/team/web";

const ecrOf = (registryId: string, region: string) => ({
  type: "ecr",
  ecrAuthData: {
    registryId,
    region,
    endpointOverride: "http://127.0.0.1:4700",
    useExecutionRole: false,
  },
});

const sent = (container: Partial<ContainerDefinition>, task?: Partial<RenderInput["task"]>) => {
  const definition = aDefinition({ containerDefinitions: [aContainer(container)] });
  const wire = JSON.parse(JSON.stringify(renderTask(aRenderInput(definition, task)))) as {
    readonly containers: readonly Record<string, unknown>[];
  };
  return wire.containers[0];
};

test.each([
  ["127.0.0.1:4701/team/web:1", "127.0.0.1:4701/team/web:1", ecrOf("000000000000", "us-east-1")],
  [ECR, `${PULLED}:1`, ecrOf("111122223333", "eu-west-1")],
  [
    "000000000000.dkr.ecr.us-east-1.roadstead.internal/web",
    "127.0.0.1:4701/web:latest",
    ecrOf("000000000000", "us-east-1"),
  ],
])("%s is pulled through the machine's loopback, with a login", (image, expected, registryAuthentication) => {
  expect(sent({ image })).toMatchObject({ image: expected, registryAuthentication });
});

test.each(["busybox", "registry.test:5000/web:2", "not an image"])(
  "%s is left as it is, without a login",
  (image) => {
    expect(sent({ image })).toMatchObject({ image });
    expect(sent({ image })).not.toHaveProperty("registryAuthentication");
  },
);

test("a registry with credentials of its own keeps them; ours takes the instance's", () => {
  const credentialsParameter = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:login-abcdef";
  const repositoryCredentials = { credentialsParameter };
  expect(sent({ image: "registry.test/web", repositoryCredentials })).toMatchObject({
    registryAuthentication: { type: "asm", asmAuthData: { credentialsParameter, region: "eu-west-1" } },
  });
  expect(sent({ image: ECR, repositoryCredentials })).toMatchObject({
    registryAuthentication: { type: "ecr" },
  });
});

test("tasks of a deployment run the digest that it knows, whatever its tag has become", () => {
  const revisionImages = [
    { containerName: "app", image: ECR, imageDigest: DIGEST },
    { containerName: "side", image: "busybox", imageDigest: null },
  ];
  expect(sent({ image: ECR }, { revisionImages })).toMatchObject({ image: `${PULLED}@${DIGEST}` });
  expect(sent({ name: "side", image: "busybox:1" }, { revisionImages })).toMatchObject({
    image: "busybox:1",
  });
  expect(sent({ name: "other", image: ECR }, { revisionImages })).toMatchObject({ image: `${PULLED}:1` });
});

test("an image of another registry is fixed to its digest too, and one that is no image name is sent as it is", () => {
  expect(agentImage("registry.test/web:2", DIGEST, IMAGE_NAMES).image).toBe(`registry.test/web@${DIGEST}`);
  expect(agentImage("not an image", DIGEST, IMAGE_NAMES).image).toBe("not an image");
});
