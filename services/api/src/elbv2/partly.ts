/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  CreateListener: "no mutual authentication; actions are forward, redirect and fixed-response",
  CreateLoadBalancer: "application load balancers with IPv4 addresses only",
  CreateRule: "no transforms, regular expressions or authentication actions",
  CreateTargetGroup: "HTTP1 to targets of type instance and ip only",
  DescribeAccountLimits: "those limits that are kept",
  DescribeCapacityReservation: "there is never one",
  DescribeSSLPolicies: "those that are honoured to the letter: none for FIPS, post-quantum keys or 3DES",
  ModifyListenerAttributes: "headers of answers; those of mutual authentication are not there",
  ModifyLoadBalancerAttributes:
    "idle timeout, deletion protection, HTTP/2 and the handling of headers; others keep their defaults",
  ModifyTargetGroupAttributes:
    "deregistration delay, algorithm, slow start and stickiness by lb_cookie; others keep their defaults",
} as const;
