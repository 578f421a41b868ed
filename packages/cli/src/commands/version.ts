/** `roadstead version`: prints the release and the Node that runs it. */
import manifest from "../../package.json" with { type: "json" };

export const version = (): void =>
  void process.stdout.write(`roadstead ${manifest.version} (node ${process.version})\n`);
