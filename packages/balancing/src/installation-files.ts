/** Where HAProxy and whoever configures it meet: files of one folder, and what they hold before the first balancer. Pure. */
import { page, SERVER } from "./actions.ts";
import { type Installation, renderConfiguration } from "./render-configuration.ts";

export const haproxyFiles = (folder: string) => ({
  configuration: `${folder}/haproxy.cfg`,
  /** Read by HAProxy's check before it takes the place of the other. */
  candidate: `${folder}/haproxy.cfg.new`,
  /** Of the process that answers requests. */
  worker: `${folder}/worker.sock`,
  /** Of the process that starts those. */
  master: `${folder}/master.sock`,
  state: `${folder}/servers.state`,
  badGateway: `${folder}/502.http`,
  /** A folder: which addresses a listener lets in. */
  sources: `${folder}/sources`,
  /** A folder: certificates with their keys, and which listener shows which. */
  certificates: `${folder}/certificates`,
});

export const haproxyArguments = (folder: string): readonly string[] => {
  const files = haproxyFiles(folder);
  return ["-W", "-S", `${files.master},mode,600`, "-f", files.configuration];
};

/** Workers need no rights once they listen. */
const NOBODY = 65_534;

export const installationIn = (folder: string, isRoot: boolean): Omit<Installation, "structure"> => {
  const files = haproxyFiles(folder);
  return {
    statsSocket: files.worker,
    relayPrefix: folder,
    badGatewayFile: files.badGateway,
    stateFile: files.state,
    certificatesFolder: files.certificates,
    workerId: isRoot ? NOBODY : null,
  };
};

/** The bytes that are sent for a target that refuses or cuts a connection. */
export function badGateway(): string {
  const body = page("502 Bad Gateway");
  return `HTTP/1.1 502 Bad Gateway\r\nserver: ${SERVER}\r\ncontent-type: text/html\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** What HAProxy starts with while there is no load balancer. */
export const emptyConfiguration = (folder: string, isRoot: boolean): string =>
  renderConfiguration({ listeners: [], groups: [] }, [], {
    ...installationIn(folder, isRoot),
    structure: "none",
  });
