# Two image repositories, as they would be written for AWS. Run `eval "$(./roadstead env)"` first: the exports point the
# provider here.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

variable "mutability" {
  default = "IMMUTABLE"
}

variable "team" {
  default = "storefront"
}

resource "aws_ecr_repository" "web" {
  name                 = "storefront/web"
  image_tag_mutability = var.mutability
  force_delete         = true

  image_scanning_configuration {
    scan_on_push = true
  }

  tags = {
    Team = var.team
  }
}

resource "aws_ecr_repository" "jobs" {
  name = "storefront/jobs"
}

# Push to this name, and use it in task definitions as it is.
output "web" {
  value = aws_ecr_repository.web.repository_url
}
