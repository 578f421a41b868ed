/** `roadstead help`: prints all commands, or one. */
import { renderHelp } from "../arguments.ts";

export function help(command: string): void {
  const text =
    command === ""
      ? `Roadstead runs Amazon ECS on machines you own.\n\n${renderHelp()}`
      : renderHelp(command);
  process.stdout.write(text);
}
