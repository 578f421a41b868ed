/**
 * Ports of the tests' load balancers: files run side by side, and two stacks of one machine give their load balancers the same
 * addresses. Each file has a row of its own here.
 */
const FIRST_PORT = 8_100;
const PER_FILE = 5;
const FILES = [
  "awsvpc",
  "common-stack-faults",
  "https-load-balancer",
  "load-balancer",
  "overlapping-vpcs",
  "second-machine",
  "terraform-services",
] as const;

/** Takes as many of them as the caller names. */
export const balancerPortsOf = (file: (typeof FILES)[number]) => {
  const first = FIRST_PORT + PER_FILE * FILES.indexOf(file);
  return [first, first + 1, first + 2, first + 3, first + 4] as const;
};
