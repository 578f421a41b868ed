/** What the agent says it is, when it registers and connects. */
export const AGENT_VERSION = "0.1.0";
export const AGENT_HASH = "roadstead";
