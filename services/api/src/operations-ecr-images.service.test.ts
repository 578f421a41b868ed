/** Images as ECR's API shows and deletes them, through signed requests, on real PostgreSQL. */
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  ListImagesCommand,
  paginateDescribeImages,
  paginateListImages,
} from "@aws-sdk/client-ecr";
import { beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, refusal, useApi } from "./api.test-data.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, type PushedImage, pushImage } from "./ecr-images.test-data.ts";

const api = useApi();
const repositoryName = "team/web";
const WAITING =
  "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
const UNKNOWN = `sha256:${"0".repeat(64)}`;

beforeEach(async () => {
  await api.clients().ecr.send(new CreateRepositoryCommand({ repositoryName }));
});

const push = (name: string, more: Partial<Parameters<typeof pushImage>[1]> = {}): Promise<PushedImage> =>
  pushImage(api.db, { repository: repositoryName, name, ...more });
const describeImages = async (input: Partial<DescribeImagesCommandInput> = {}) =>
  (await api.clients().ecr.send(new DescribeImagesCommand({ repositoryName, ...input }))).imageDetails ?? [];
const remove = (...imageIds: { imageDigest?: string; imageTag?: string }[]) =>
  api.clients().ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
const tags = async () =>
  (await api.clients().ecr.send(new ListImagesCommand({ repositoryName }))).imageIds?.map(
    ({ imageTag }) => imageTag ?? "-",
  );

describe("images", () => {
  test("are described in the order they were pushed, with what they have and nothing else", async () => {
    const first = await push("first", { tags: ["v1", "latest"], size: 5_000_000_000 });
    const second = await push("second", { subject: first });
    expect(await describeImages()).toEqual([
      {
        registryId: ACCOUNT,
        repositoryName,
        imageDigest: first.digest,
        imageTags: ["latest", "v1"],
        imageSizeInBytes: 5_000_000_000,
        imagePushedAt: expect.any(Date),
        imageManifestMediaType: OCI_MANIFEST,
        artifactMediaType: OCI_CONFIG,
        imageStatus: "ACTIVE",
      },
      {
        registryId: ACCOUNT,
        repositoryName,
        imageDigest: second.digest,
        imageSizeInBytes: 1_000,
        imagePushedAt: expect.any(Date),
        imageManifestMediaType: OCI_MANIFEST,
        artifactMediaType: OCI_CONFIG,
        subjectManifestDigest: first.digest,
        imageStatus: "ACTIVE",
      },
    ]);
    const tagged = await describeImages({ filter: { tagStatus: "TAGGED" } });
    expect(tagged.map(({ imageDigest }) => imageDigest)).toEqual([first.digest]);
    const untagged = await describeImages({ filter: { tagStatus: "UNTAGGED" } });
    expect(untagged.map(({ imageDigest }) => imageDigest)).toEqual([second.digest]);
    expect(await describeImages({ filter: { imageStatus: "ARCHIVED" } })).toEqual([]);
  });

  test("of an index are as large as its largest child", async () => {
    const children = [await push("a", { size: 10 }), await push("b", { size: 20 })];
    const index = await push("index", { tags: ["multi"], children });
    const [detail] = await describeImages({ imageIds: [{ imageDigest: index.digest }] });
    expect(detail).toMatchObject({ imageSizeInBytes: 20, imageManifestMediaType: OCI_INDEX });
    expect(detail).not.toHaveProperty("artifactMediaType");
  });

  test("are found by tag and by digest, each once; one that is not there is an error", async () => {
    const image = await push("a", { tags: ["x", "y"] });
    const imageIds = [{ imageTag: "y" }, { imageDigest: image.digest }, { imageTag: "x" }];
    expect(await describeImages({ imageIds })).toHaveLength(1);
    expect(await refusal(describeImages({ imageIds: [{ imageTag: "nope" }] }))).toEqual({
      code: "ImageNotFoundException",
      message: `The image with imageId {imageDigest:'null', imageTag:'nope'} does not exist within the repository with name 'team/web' in the registry with id '${ACCOUNT}'`,
      status: 400,
    });
    const mismatch = describeImages({ imageIds: [{ imageDigest: UNKNOWN, imageTag: "x" }] });
    expect((await refusal(mismatch)).code).toBe("ImageNotFoundException");
    expect((await refusal(describeImages({ imageIds: [{}] }))).message).toBe(
      "Invalid request parameters: both tag and digest cannot be null",
    );
    expect((await refusal(describeImages({ imageIds, maxResults: 5 }))).code).toBe(
      "InvalidParameterException",
    );
  });

  test("come in pages, each once, though all were pushed in one instant", async () => {
    const digests: string[] = [];
    for (let i = 0; i < 7; i++) digests.push((await push(`${i}`)).digest);
    await api.db.query("UPDATE manifests SET pushed_at = '2026-01-01T00:00:00.000001Z' WHERE digest <> $1", [
      digests[0] ?? "",
    ]);
    const seen: (string | undefined)[] = [];
    for await (const page of paginateDescribeImages(
      { client: api.clients().ecr, pageSize: 2 },
      { repositoryName },
    )) {
      seen.push(...(page.imageDetails ?? []).map(({ imageDigest }) => imageDigest));
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen)).toEqual(new Set(digests));
  });

  test("are listed one entry for each tag, then those without", async () => {
    const a = await push("a", { tags: ["b", "a", "B"] });
    const bare = [(await push("c")).digest, (await push("d")).digest].toSorted();
    const pages: object[][] = [];
    for await (const page of paginateListImages(
      { client: api.clients().ecr, pageSize: 2 },
      { repositoryName },
    )) {
      pages.push(page.imageIds ?? []);
    }
    const tagged = (imageTag: string) => ({ imageDigest: a.digest, imageTag });
    expect(pages).toEqual([
      [tagged("B"), tagged("a")],
      [tagged("b"), { imageDigest: bare[0] }],
      [{ imageDigest: bare[1] }],
    ]);
    const list = async (tagStatus: "TAGGED" | "UNTAGGED") => {
      const command = new ListImagesCommand({ repositoryName, filter: { tagStatus } });
      return (await api.clients().ecr.send(command)).imageIds?.length;
    };
    expect([await list("TAGGED"), await list("UNTAGGED")]).toEqual([3, 2]);
  });
});

describe("a manifest", () => {
  test("is answered byte for byte, by tag and by digest, and what is not there is a failure", async () => {
    const { digest, manifest } = await push("ü", { tags: ["v1"] });
    const imageIds = [
      { imageTag: "v1" },
      { imageDigest: digest },
      { imageTag: "v2" },
      {},
      { imageDigest: "sha256:xyz" },
    ];
    const { images, failures } = await api
      .clients()
      .ecr.send(new BatchGetImageCommand({ repositoryName, imageIds }));
    const image = {
      registryId: ACCOUNT,
      repositoryName,
      imageManifest: manifest,
      imageManifestMediaType: OCI_MANIFEST,
    };
    expect(images).toEqual([
      { ...image, imageId: { imageDigest: digest, imageTag: "v1" } },
      { ...image, imageId: { imageDigest: digest } },
    ]);
    expect(failures?.map(({ imageId, failureCode }) => [imageId, failureCode])).toEqual([
      [{}, "MissingDigestAndTag"],
      [{ imageDigest: "sha256:xyz" }, "InvalidImageDigest"],
      [{ imageTag: "v2" }, "ImageNotFound"],
    ]);
    expect(failures?.at(2)?.failureReason).toBe("Requested image not found");
    const [detail] = await describeImages();
    expect(detail?.lastRecordedPullTime).toBeInstanceOf(Date);
  });
});

test("a layer is AVAILABLE in the repository that has it, and stays for whoever was told", async () => {
  const [digest, elsewhere] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`);
  await api.db.query(
    `INSERT INTO blobs (digest, object_key, size, lease_until) VALUES ($1, 'a', 6000000000, now()), ($2, 'b', 1, now())`,
    [digest ?? "", elsewhere ?? ""],
  );
  await api.db.query("INSERT INTO repository_blobs (repository_id, digest) SELECT id, $1 FROM repositories", [
    digest ?? "",
  ]);
  const layerDigests = [digest ?? "", elsewhere ?? "", "md5", ""];
  const { layers, failures } = await api
    .clients()
    .ecr.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));
  expect(layers).toMatchObject([
    { layerDigest: digest, layerAvailability: "AVAILABLE", layerSize: 6_000_000_000 },
    { layerDigest: elsewhere, layerAvailability: "UNAVAILABLE" },
  ]);
  expect(failures?.map(({ failureCode }) => failureCode)).toEqual([
    "InvalidLayerDigest",
    "MissingLayerDigest",
  ]);
  const leased = await api.db.query<{ digest: string }>(
    "SELECT digest FROM blobs WHERE lease_until > now() + interval '50 minutes'",
  );
  expect(leased).toEqual([{ digest }]);
});

describe("deleting images", () => {
  test("by tag untags, and takes the image with its last tag", async () => {
    const { digest } = await push("a", { tags: ["x", "y"] });
    expect(await remove({ imageTag: "x" })).toMatchObject({
      imageIds: [{ imageDigest: digest, imageTag: "x" }],
      failures: [],
    });
    expect(await tags()).toEqual(["y"]);
    await remove({ imageTag: "y" });
    expect(await describeImages()).toEqual([]);
  });

  test("by digest takes the image and tells every tag that went", async () => {
    const { digest } = await push("a", { tags: ["x", "y"] });
    const kept = await push("b", { tags: ["z"] });
    const { imageIds, failures } = await remove({ imageDigest: digest }, { imageDigest: UNKNOWN });
    expect(imageIds).toEqual([
      { imageDigest: digest, imageTag: "x" },
      { imageDigest: digest, imageTag: "y" },
    ]);
    expect(failures).toEqual([
      {
        imageId: { imageDigest: UNKNOWN },
        failureCode: "ImageNotFound",
        failureReason: "Requested image not found",
      },
    ]);
    expect((await describeImages()).map(({ imageDigest }) => imageDigest)).toEqual([kept.digest]);
  });

  test("spares what an index still lists, and takes it with or after its index", async () => {
    const child = await push("child");
    const index = await push("index", { tags: ["multi"], children: [child] });
    const { failures } = await remove({ imageDigest: child.digest });
    expect(failures).toEqual([
      {
        imageId: { imageDigest: child.digest },
        failureCode: "ImageReferencedByManifestList",
        failureReason: `Requested image referenced by manifest list: [${index.digest}]`,
      },
    ]);
    expect((await remove({ imageDigest: child.digest }, { imageTag: "multi" })).failures).toEqual([]);
    expect(await describeImages()).toEqual([]);
  });

  test("never takes an image to which a tag is pushed at the same moment", async () => {
    const image = await push("a", { tags: ["old"] });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reached = () => {};
    const pushing = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const pushed = api.db.write(async (tx) => {
      await tx.query(
        "INSERT INTO image_tags (repository_id, tag, digest) SELECT repository_id, 'new', digest FROM manifests",
      );
      reached();
      await held;
    });
    await pushing;
    const removed = remove({ imageTag: "old" });
    await expect.poll(() => api.db.query(WAITING)).toHaveLength(1);
    release();
    await pushed;
    expect((await removed).imageIds).toEqual([{ imageDigest: image.digest, imageTag: "old" }]);
    expect(await tags()).toEqual(["new"]);
  });
});

test("a repository with images goes only by force, and its images with it", async () => {
  await push("a", { tags: ["x"] });
  const { ecr } = api.clients();
  expect(await refusal(ecr.send(new DeleteRepositoryCommand({ repositoryName })))).toEqual({
    code: "RepositoryNotEmptyException",
    message: `The repository with name 'team/web' in registry with id '${ACCOUNT}' cannot be deleted because it still contains images`,
    status: 400,
  });
  await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
  expect(await api.db.query("SELECT 1 FROM manifests UNION SELECT 1 FROM image_tags")).toEqual([]);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  expect(await describeImages()).toEqual([]);
});
