/** Which servers' states a new worker takes over from the one before it; the load balancer writes them into its state file. Pure. */

const BACKEND_LINE = /^backend (\S+)$/;
const SERVER_LINE = /^ {2}server (\S+) (\S+) .*?( disabled)?$/;
/** Columns of `show servers state`. */
const BACKEND_FIELD = 1;
const SERVER_FIELD = 3;
const ADDRESS_FIELD = 4;
const ADMINISTRATIVE_FIELD = 6;
const PORT_FIELD = 18;

/**
 * Only of servers that the new configuration has in use, and without what an older configuration said of them: HAProxy
 * would keep a server closed that was once written down as disabled. An ill target stays ill this way. A place that has
 * another target now starts without: the state would bring the port of the one before.
 */
export function carriedStates(serversState: string, configuration: string): string {
  const inUse = openServers(configuration);
  const lines = serversState.split("\n").flatMap((line) => {
    const fields = line.split(" ");
    if (line.startsWith("#") || fields.length <= PORT_FIELD) return line === "" ? [] : [line];
    const name = `${fields[BACKEND_FIELD]}/${fields[SERVER_FIELD]}`;
    const closed = (Number(fields[ADMINISTRATIVE_FIELD]) & 0x03) !== 0;
    const isSame = inUse.get(name) === `${fields[ADDRESS_FIELD]}:${fields[PORT_FIELD]}`;
    return isSame && !closed ? [fields.with(ADMINISTRATIVE_FIELD, "0").join(" ")] : [];
  });
  return `${lines.join("\n")}\n`;
}

/** Where each of them is. */
function openServers(configuration: string): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  let backend = "";
  for (const line of configuration.split("\n")) {
    backend = BACKEND_LINE.exec(line)?.[1] ?? backend;
    const [, server, place, disabled] = SERVER_LINE.exec(line) ?? [];
    if (server !== undefined && place !== undefined && disabled === undefined)
      places.set(`${backend}/${server}`, place);
  }
  return places;
}
