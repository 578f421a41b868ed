# What a task needs beside its image: a role to act as, a role that pulls and reads for it, and what there is to read. As it
# would be written for AWS. Run `eval "$(./roadstead env)"` first: the exports point the provider here.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

variable "team" {
  default = "storefront"
}

variable "action" {
  default = "ecs:ListClusters"
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "task" {
  name               = "storefront-task"
  path               = "/storefront/"
  description        = "What the storefront acts as; team ${var.team}"
  assume_role_policy = data.aws_iam_policy_document.tasks.json

  tags = {
    Team = var.team
  }
}

resource "aws_iam_role_policy" "task" {
  name = "own"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = var.action, Resource = "*" }]
  })
}

resource "aws_iam_role" "execution" {
  name               = "storefront-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_policy" "read" {
  name = "storefront-read"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue", "ssm:GetParameters"]
      Resource = [aws_secretsmanager_secret.database.arn, aws_ssm_parameter.url.arn]
    }]
  })

  tags = {
    Team = var.team
  }
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_instance_profile" "machines" {
  name = "storefront-machines"
  role = aws_iam_role.task.name
}

resource "aws_secretsmanager_secret" "database" {
  name                    = "storefront/database"
  recovery_window_in_days = 0

  tags = {
    Team = var.team
  }
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id     = aws_secretsmanager_secret.database.id
  secret_string = jsonencode({ user = "storefront", password = "change-me" })
}

resource "aws_ssm_parameter" "url" {
  name  = "/storefront/url"
  type  = "SecureString"
  value = "https://${var.team}.example"

  tags = {
    Team = var.team
  }
}

# In a container definition: `valueFrom = "<this>:password::"`.
output "database" {
  value = aws_secretsmanager_secret.database.arn
}
