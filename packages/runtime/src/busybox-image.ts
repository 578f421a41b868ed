/** Makes the image that tests run, out of the machine's own static busybox, since no registry may be within reach. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export const BUSYBOX_IMAGE = "roadstead/busybox:latest";
const APPLETS = ["sh", "sleep", "cat", "echo", "true", "false", "env", "kill", "nc", "httpd", "wget", "test"];
const TIMEOUT_MS = 60_000;
const run = promisify(execFile);

/** Does nothing when the image is there. Needs `docker`, `tar` and `/bin/busybox`. */
export async function ensureBusyboxImage(image = BUSYBOX_IMAGE): Promise<void> {
  const present = await run("docker", ["image", "inspect", image], { timeout: TIMEOUT_MS }).catch(() => null);
  if (present) return;
  const folder = await mkdtemp(join(tmpdir(), "roadstead-image-"));
  try {
    for (const name of ["bin", "tmp", "etc", "dev", "proc", "sys"])
      await mkdir(join(folder, "root", name), { recursive: true });
    await copyFile("/bin/busybox", join(folder, "root/bin/busybox"));
    for (const applet of APPLETS) await symlink("busybox", join(folder, "root/bin", applet));
    const archive = join(folder, "root.tar");
    await run("tar", ["-C", join(folder, "root"), "-cf", archive, "."], { timeout: TIMEOUT_MS });
    await run("docker", ["import", archive, image], { timeout: TIMEOUT_MS });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
