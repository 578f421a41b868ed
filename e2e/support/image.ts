/** Makes the tests' image from this machine's static busybox; the global set-up calls it. No registry is asked. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { engineCall } from "./engine.ts";

export const IMAGE = "roadstead/test-busybox:latest";

const run = promisify(execFile);
const FOLDERS = [...(process.env.PATH ?? "").split(delimiter), "/bin", "/usr/bin"];
const CANDIDATES = FOLDERS.flatMap((folder) => [join(folder, "busybox"), join(folder, "busybox.static")]);
const TAR_MAX_BYTES = 64 * 1024 * 1024;
/** An image with another mark was made for something else and may lack the applets. */
const MARK = "com.roadstead.test-image";
const MARK_VALUE = "applets";

export async function ensureImage(): Promise<void> {
  const known = await engineCall("GET", `/images/${IMAGE}/json`, { tolerate: [404] });
  if (known.status === 200) {
    const image = JSON.parse(known.body.toString("utf8")) as {
      Config?: { Labels?: Record<string, string> | null };
    };
    if (image.Config?.Labels?.[MARK] === MARK_VALUE) return;
  }
  const folder = await mkdtemp(join(tmpdir(), "roadstead-image-"));
  try {
    await fill(folder);
    const { stdout } = await run("tar", ["-C", folder, "-c", "."], {
      encoding: "buffer",
      maxBuffer: TAR_MAX_BYTES,
    });
    const [repository = "", tag = "latest"] = IMAGE.split(":");
    const changes = ["ENV PATH=/bin", `LABEL ${MARK}=${MARK_VALUE}`].map(
      (c) => `&changes=${encodeURIComponent(c)}`,
    );
    const path = `/images/create?fromSrc=-&repo=${encodeURIComponent(repository)}&tag=${tag}${changes.join("")}`;
    const { body } = await engineCall("POST", path, { body: stdout });
    if (body.includes('"error"'))
      throw new Error(`the test image could not be made: ${body.toString("utf8")}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** busybox under the name of each of its applets. */
async function fill(folder: string): Promise<void> {
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "tmp"), { mode: 0o777 });
  const busybox = await copyFirst(join(folder, "bin", "busybox"));
  const { stdout } = await run(busybox, ["--list"]);
  for (const applet of stdout.split("\n").filter((name) => name !== "" && name !== "busybox")) {
    await symlink("busybox", join(folder, "bin", applet));
  }
}

async function copyFirst(to: string): Promise<string> {
  for (const candidate of CANDIDATES) {
    const copied = await copyFile(candidate, to).then(
      () => true,
      () => false,
    );
    if (copied) return candidate;
  }
  throw new Error(`no static busybox for the test image: install busybox-static`);
}
