/** How a `ContainerRuntime` gets images from registries; a part of `contract.ts`. */
import { beforeAll, expect, test } from "vitest";
import type { ContractSubject, PrivateImage } from "./contract-subject.ts";
import type { ContainerRuntime } from "./runtime.ts";

const REFUSED = { kind: "PullFailed" };

export function pullTests(subject: ContractSubject, runtime: () => ContainerRuntime): void {
  let held: PrivateImage;
  let tagged: string;
  let byDigest: string;
  beforeAll(async () => {
    held = await subject.privateImage();
    tagged = `${held.repository}:${held.tag}`;
    byDigest = `${held.repository}@${held.digest}`;
  });

  test("a registry's image comes with the login and not without, and is then known by its digest too", async () => {
    const wrong = { ...held.login, password: "wrong" };
    await expect(runtime().pull(tagged, {})).rejects.toMatchObject(REFUSED);
    await expect(runtime().pull(tagged, { auth: wrong })).rejects.toMatchObject(REFUSED);
    expect(await runtime().inspectImage(tagged)).toBeNull();

    await runtime().pull(tagged, { auth: held.login });
    const image = await runtime().inspectImage(tagged);
    expect(image?.repoDigests).toEqual([byDigest]);
    expect((await runtime().inspectImage(byDigest))?.id).toBe(image?.id);
  });

  test("the registry tells its digest to the login alone, also of what the engine has", async () => {
    await runtime().pull(byDigest, { auth: held.login });
    for (const image of [tagged, byDigest]) {
      expect(await runtime().resolveDigest(image, { auth: held.login })).toBe(held.digest);
      await expect(runtime().resolveDigest(image, {})).rejects.toMatchObject(REFUSED);
    }
    await expect(
      runtime().resolveDigest(`${held.repository}:none`, { auth: held.login }),
    ).rejects.toMatchObject(REFUSED);
  });
}
