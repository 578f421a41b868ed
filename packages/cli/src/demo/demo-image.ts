/** Makes the demo's image from this machine's busybox and one page; it stays for its user's own tries until a purge. */
import { readFileSync } from "node:fs";
import { Failure } from "../failure.ts";
import { ensureBusybox } from "../install/busybox.ts";
import { engineCall } from "../install/docker.ts";
import { tar } from "./tar.ts";

export const DEMO_IMAGE = "roadstead/demo:latest";
export const DEMO_PAGE = "Hello from a container that Roadstead runs.\n";

/** `docker import` of two files; no registry is asked. */
export async function makeDemoImage(dockerSocket: string): Promise<string> {
  const busybox = await ensureBusybox();
  const archive = tar([
    { path: "bin/busybox", mode: 0o755, content: readFileSync(busybox) },
    { path: "www/index.html", mode: 0o644, content: Buffer.from(DEMO_PAGE) },
  ]);
  const [repository, tag] = DEMO_IMAGE.split(":");
  const answer = await engineCall(dockerSocket, {
    method: "POST",
    path: `/images/create?fromSrc=-&repo=${encodeURIComponent(repository ?? "")}&tag=${tag}`,
    body: archive,
    contentType: "application/x-tar",
  });
  const text = answer.body.toString("utf8");
  if (answer.status !== 200 || text.includes('"error"'))
    throw new Failure(`the image could not be made: ${text}`);
  return busybox;
}

/** Only its name goes where a container of somebody's still uses it. */
export async function removeDemoImage(dockerSocket: string): Promise<void> {
  await engineCall(dockerSocket, { method: "DELETE", path: `/images/${DEMO_IMAGE}?force=true` });
}

export async function removeDemoContainers(dockerSocket: string, taskArn: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.amazonaws.ecs.task-arn=${taskArn}`] }));
  const answer = await engineCall(dockerSocket, {
    method: "GET",
    path: `/containers/json?all=true&filters=${filters}`,
  });
  if (answer.status !== 200) return;
  const containers = JSON.parse(answer.body.toString("utf8")) as readonly { Id: string }[];
  for (const { Id } of containers) {
    await engineCall(dockerSocket, { method: "DELETE", path: `/containers/${Id}?force=true` });
  }
}
