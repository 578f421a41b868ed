/** Makes and pushes the image that the demo's last stack runs: a page that says what its task was given. */
import { readFileSync } from "node:fs";
import { callEcr } from "../api-client.ts";
import { ensureBusybox } from "../install/busybox.ts";
import { forgetLocalImage, importImage } from "./demo-image.ts";
import { STACK, type StackPlace, unless } from "./stack-place.ts";
import { step } from "./step.ts";
import type { TarEntry } from "./tar.ts";

/** Other names of busybox: what the program below calls, and health checks. */
const APPLETS = ["sh", "wget", "httpd", "mkdir", "echo", "hostname"];

/** A process with id 1 ignores signals that it has no handler for; this one ends at once when asked. */
const SERVE = [
  'trap "exit 0" TERM',
  "mkdir -p /www",
  `echo "$GREETING, from the task at $(hostname -i), which knows a database password of \${#DATABASE_PASSWORD} letters" > /www/index.html`,
  `echo "started at $(hostname -i)"`,
  `httpd -f -p ${STACK.port} -h /www & wait`,
].join("\n");

/** `repository` as docker names it. A tag that is there stays: the repository's tags are immutable. */
export async function pushStackImage(place: StackPlace, repository: string): Promise<void> {
  const image = `${repository}:${STACK.imageTag}`;
  const command = `tar -c bin | docker import --change 'CMD ["/bin/sh", "-c", "…"]' - ${image} && docker push ${image}`;
  await step("Make an image of a web server and push it", command, async () => {
    const imageIds = [{ imageTag: STACK.imageTag }];
    const input = { repositoryName: STACK.repository, imageIds };
    if (await unless(["ImageNotFoundException"], callEcr(place.access, "DescribeImages", input)))
      return "is there already";
    const busybox = readFileSync(await ensureBusybox());
    const entries: readonly TarEntry[] = [
      { path: "bin/busybox", mode: 0o755, content: busybox },
      ...APPLETS.map((name) => ({
        path: `bin/${name}`,
        mode: 0o777,
        content: Buffer.alloc(0),
        link: "busybox",
      })),
    ];
    const made = { repository, tag: STACK.imageTag, entries, command: ["/bin/sh", "-c", SERVE] };
    const docker = await place.docker();
    try {
      await importImage(place.dockerSocket, made);
      await docker.push(image);
    } finally {
      await docker.close();
      await forgetLocalImage(place.dockerSocket, image);
    }
    return "pushed";
  });
}
