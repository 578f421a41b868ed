/** Writes the script that makes another machine an agent's: `join-routes.ts` serves it. Pure. */
import type { JoinFile } from "./join-files.ts";

export interface InstallScript {
  /** Where this machine reached us, e.g. `https://192.0.2.10:4750`. */
  readonly url: string;
  readonly authorityPem: string;
  /** As `uname -m` says it. */
  readonly machine: string;
  readonly checksums: Readonly<Record<JoinFile, string>>;
}

/** Node's names of processors, as `uname -m` says them. */
const MACHINES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

export const machineName = (architecture: string): string => MACHINES[architecture] ?? architecture;

/**
 * Needs a POSIX shell with coreutils or busybox, and curl or wget. Everything goes into a folder beside the final one,
 * which takes its place only when the token was taken: whatever fails before leaves nothing behind.
 */
export const installScript = ({ url, authorityPem, machine, checksums }: InstallScript): string => `#!/bin/sh
# Makes this machine a container instance. Usage: install.sh TOKEN
set -eu
url='${url}'
say() { printf '%s\\n' "$*" >&2; }
fail() { say "roadstead: $*"; exit 1; }

token=\${1:-}
[ -n "$token" ] || fail "the token is missing; 'roadstead agent token' prints the whole line"
# A token is roadstead1.SECRET.AUTHORITY.ADDRESSES.
secret=\${token#roadstead1.}
secret=\${secret%%.*}
if [ -n "\${ROADSTEAD_DATA:-}" ]; then data=$ROADSTEAD_DATA
elif [ "$(id -u)" = 0 ]; then data=/var/lib/roadstead
else data=\${XDG_DATA_HOME:-\${HOME:?set HOME or ROADSTEAD_DATA}/.local/share}/roadstead
fi
case $data in /*) ;; *) data=$(pwd)/$data ;; esac
home=$data/joined
if [ -e "$home/machine.json" ]; then
  say "This machine has joined already; nothing was done. See: $home/roadstead agent status"
  exit 0
fi
socket=\${ROADSTEAD_DOCKER_SOCKET:-/var/run/docker.sock}
[ -S "$socket" ] || fail "there is no Docker Engine at $socket: install and start it, then run this again"
[ -w "$socket" ] || fail "this user may not use $socket: run this as root, or join the docker group first"
[ "$(uname -s)-$(uname -m)" = 'Linux-${machine}' ] ||
  fail "the control plane runs on Linux on ${machine} and has no programs for $(uname -s) on $(uname -m)"

made=
[ -d "$data" ] || made=$data
mkdir -p "$data"
staging=$data/.joining-$$
clean() { rm -rf "$staging"; [ -z "$made" ] || rmdir "$made" 2>/dev/null || true; }
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
(umask 077; mkdir "$staging" "$staging/bin")
cat > "$staging/ca.pem" <<'END_OF_CERTIFICATE'
${authorityPem.trim()}
END_OF_CERTIFICATE

# fetch PATH: to standard output. Only a server of our authority is listened to.
if command -v curl > /dev/null; then
  fetch() { curl -sS --fail --cacert "$staging/ca.pem" --connect-timeout 10 --max-time 900 -H "authorization: Bearer $secret" "$url/agent/$1"; }
elif command -v wget > /dev/null; then
  fetch() { wget -q -O - --ca-certificate="$staging/ca.pem" --timeout=60 --tries=1 --header="authorization: Bearer $secret" "$url/agent/$1"; }
else
  fail "neither curl nor wget is here"
fi
# get FILE CHECKSUM
get() {
  { fetch "files/$1.gz" || echo broken >&2; } | gunzip > "$staging/bin/$1" || fail "$1 could not be fetched from $url"
  sum=$(sha256sum "$staging/bin/$1")
  [ "\${sum%% *}" = "$2" ] || fail "$1 arrived damaged from $url: run this again"
}

answer=$(fetch token) || fail "the control plane at $url does not answer"
[ "$answer" = open ] || fail "$answer"
say "→ Fetching the agent and its Node from $url"
get node ${checksums.node}
get agent.mjs ${checksums["agent.mjs"]}
get supervisor.mjs ${checksums["supervisor.mjs"]}
get machine.mjs ${checksums["machine.mjs"]}
chmod 755 "$staging/bin/node"
"$staging/bin/node" -e 0 2> /dev/null || fail "the control plane's Node does not run on this system (it needs glibc and libstdc++)"
"$staging/bin/node" "$staging/bin/machine.mjs" enrol "$staging" "$token" || exit 1
mv "$staging" "$home"
made=
"$home/roadstead" agent start
`;
