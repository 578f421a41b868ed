/** Which servers' states a new worker takes over from the one before it; the load balancer writes them into its state file. Pure. */

const BACKEND_LINE = /^backend (\S+)$/;
const SERVER_LINE = /^ {2}server (\S+) .*?( disabled)?$/;
/** Columns of `show servers state`. */
const BACKEND_FIELD = 1;
const SERVER_FIELD = 3;
const ADMINISTRATIVE_FIELD = 6;

/**
 * Only of servers that the new configuration has in use, and without what an older configuration said of them: HAProxy
 * would keep a server closed that was once written down as disabled. An ill target stays ill this way.
 */
export function carriedStates(serversState: string, configuration: string): string {
  const inUse = openServers(configuration);
  const lines = serversState.split("\n").flatMap((line) => {
    const fields = line.split(" ");
    if (line.startsWith("#") || fields.length <= ADMINISTRATIVE_FIELD) return line === "" ? [] : [line];
    const name = `${fields[BACKEND_FIELD]}/${fields[SERVER_FIELD]}`;
    const closed = (Number(fields[ADMINISTRATIVE_FIELD]) & 0x03) !== 0;
    return inUse.has(name) && !closed ? [fields.with(ADMINISTRATIVE_FIELD, "0").join(" ")] : [];
  });
  return `${lines.join("\n")}\n`;
}

function openServers(configuration: string): ReadonlySet<string> {
  const names = new Set<string>();
  let backend = "";
  for (const line of configuration.split("\n")) {
    backend = BACKEND_LINE.exec(line)?.[1] ?? backend;
    const [, server, disabled] = SERVER_LINE.exec(line) ?? [];
    if (server !== undefined && disabled === undefined) names.add(`${backend}/${server}`);
  }
  return names;
}
