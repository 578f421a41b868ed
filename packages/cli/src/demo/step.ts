/** Prints the demo's steps as they go; everything that the demo does is one. */

/** Prints what is done, the command that does the same, the answer and the time. */
export async function step(title: string, command: string, work: () => Promise<string>): Promise<string> {
  print(`• ${title}\n${command.replace(/^/gm, "    $ ")}`);
  const began = performance.now();
  const answer = await work();
  print(`    ${answer}   [${Math.round(performance.now() - began)} ms]`);
  return answer;
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`);
