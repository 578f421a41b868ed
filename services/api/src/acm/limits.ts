/** How many certificates an account may have in a region, as AWS has it. */
export const CERTIFICATES_MAX = 2_500;
