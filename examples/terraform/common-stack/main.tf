# The stack that most services on ECS are: Fargate tasks with addresses of their own behind an HTTPS load balancer, their
# logs in CloudWatch, their secrets from Secrets Manager and Parameter Store, as many of them as the load asks for. As it would
# be written for AWS. Run `eval "$(./roadstead env)"` first: the exports point the provider here.
#
#   terraform apply -target=aws_ecr_repository.web
#   docker push "$(terraform output -raw repository):1"
#   terraform apply

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  default_tags {
    tags = {
      Stack = "storefront"
      Team  = var.team
    }
  }
}

data "aws_region" "here" {}

data "aws_caller_identity" "me" {}

data "aws_availability_zones" "here" {
  state = "available"
}
