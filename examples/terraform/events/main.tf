# What happens to tasks, kept in a log group and told to a webhook. As it would be written for AWS, where a webhook must answer
# HTTPS. Run `eval "$(./roadstead env)"` first: the exports point the provider here.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

variable "status" {
  default = "STOPPED"
}

variable "webhook" {
  description = "Each * of it is a path parameter of the target"
  default     = "http://127.0.0.1:8080/tasks/*"
}

variable "token" {
  default   = "change-me"
  sensitive = true
}

resource "aws_cloudwatch_event_rule" "tasks" {
  name        = "storefront-tasks"
  description = "Tasks of the storefront, and what deployments say"

  event_pattern = jsonencode({
    source      = ["aws.ecs", { prefix = "storefront." }]
    detail-type = [{ anything-but = ["ECS Service Action"] }]
    detail      = { lastStatus = [var.status, { exists = false }] }
  })

  tags = { Team = "storefront" }
}

resource "aws_cloudwatch_log_group" "events" {
  name              = "/aws/events/storefront"
  retention_in_days = 7
}

resource "aws_cloudwatch_event_target" "log" {
  rule      = aws_cloudwatch_event_rule.tasks.name
  target_id = "log"
  arn       = aws_cloudwatch_log_group.events.arn
}

resource "aws_cloudwatch_event_connection" "webhook" {
  name               = "storefront-webhook"
  authorization_type = "API_KEY"

  auth_parameters {
    api_key {
      key   = "x-token"
      value = var.token
    }
    invocation_http_parameters {
      header {
        key             = "x-from"
        value           = "storefront"
        is_value_secret = false
      }
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "webhook" {
  name                             = "storefront-webhook"
  invocation_endpoint              = var.webhook
  http_method                      = "POST"
  invocation_rate_limit_per_second = 20
  connection_arn                   = aws_cloudwatch_event_connection.webhook.arn
}

data "aws_iam_policy_document" "events" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "events" {
  name               = "storefront-events"
  assume_role_policy = data.aws_iam_policy_document.events.json
}

resource "aws_cloudwatch_event_target" "webhook" {
  rule      = aws_cloudwatch_event_rule.tasks.name
  target_id = "webhook"
  arn       = aws_cloudwatch_event_api_destination.webhook.arn
  role_arn  = aws_iam_role.events.arn

  http_target {
    path_parameter_values   = ["stopped"]
    header_parameters       = { X-Stack = "storefront" }
    query_string_parameters = { version = "1" }
  }

  input_transformer {
    input_paths    = { kind = "$.detail-type", task = "$.detail.taskArn" }
    input_template = "{\"text\": \"<kind>\", \"task\": <task>}"
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}
