/** Pushes an image that serves what its environment says, made of the tests' busybox, as a pipeline's `docker push` would. */
import { loggedIn } from "./docker-cli.ts";
import { IMAGE } from "./image.ts";

/** `/` answers tag and greeting, `/cgi-bin/slow` after 20 seconds. It ends when told to, having answered. */
const SERVE = [
  "mkdir -p /www/cgi-bin",
  'printf "#!/bin/sh\\nsleep 20; echo; echo slow\\n" > /www/cgi-bin/slow',
  "chmod +x /www/cgi-bin/slow",
  'echo "$IMAGE_TAG $GREETING" > /www/index.html',
  "echo started",
  "exec httpd -f -p 8080 -h /www",
].join(" && ");

type Caller = Parameters<typeof loggedIn>[0];

export async function pushServedImage(account: Caller, repository: string, tag: string): Promise<void> {
  const docker = await loggedIn(account);
  const name = `${repository}:${tag}`;
  try {
    const container = (await docker.run("create", IMAGE, "true")).trim();
    const command = `CMD ${JSON.stringify(["/bin/sh", "-c", SERVE])}`;
    // The tag makes it another image, as another build would.
    const label = `LABEL tag=${tag}`;
    await docker.run("commit", "--change", command, "--change", label, container, name);
    await docker.run("rm", container);
    await docker.run("push", name);
  } finally {
    await docker.run("rmi", name).catch(() => undefined);
    await docker.close();
  }
}
