/** Tells images in a private ECR repository from all others. */
const ECR_HOST = /^\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws)\//;

export const isEcrImage = (image: string): boolean => ECR_HOST.test(image);
