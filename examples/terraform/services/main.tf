# A service on machines of a cluster behind an HTTP load balancer, as it would be written for AWS with EC2 and the bridge
# network mode. Run `eval "$(./roadstead env)"` first: the exports point the provider here.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  default_tags {
    tags = { Stack = "services" }
  }
}

variable "image" {
  default = "public.ecr.aws/docker/library/busybox:latest"
}

variable "greeting" {
  default = "hello"
}

variable "tasks" {
  default = 2
}

variable "port" {
  default = 80
}

variable "path" {
  default = "/api/*"
}

data "aws_region" "here" {}

data "aws_caller_identity" "me" {}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_ecs_cluster" "main" {
  name = "storefront"

  setting {
    name  = "containerInsights"
    value = "disabled"
  }

  tags = { Team = "storefront" }
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/ecs/storefront/web"
  retention_in_days = 7
}

resource "aws_security_group" "balancer" {
  name   = "storefront-balancer"
  vpc_id = data.aws_vpc.default.id

  ingress {
    protocol    = "tcp"
    from_port   = var.port
    to_port     = var.port
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "main" {
  name               = "storefront"
  load_balancer_type = "application"
  internal           = false
  security_groups    = [aws_security_group.balancer.id]
  subnets            = data.aws_subnets.default.ids
  idle_timeout       = 30
}

resource "aws_lb_target_group" "web" {
  name                 = "storefront-web"
  port                 = 80
  protocol             = "HTTP"
  target_type          = "instance"
  vpc_id               = data.aws_vpc.default.id
  deregistration_delay = 5

  health_check {
    path                = "/"
    interval            = 5
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 2
    matcher             = "200"
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = var.port
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_lb_listener_rule" "teapot" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 10

  condition {
    path_pattern {
      values = [var.path]
    }
  }

  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "418"
      message_body = "short and stout"
    }
  }
}

resource "aws_ecs_task_definition" "web" {
  family                   = "storefront-web"
  network_mode             = "bridge"
  requires_compatibilities = ["EC2"]

  container_definitions = jsonencode([
    {
      name      = "web"
      image     = var.image
      cpu       = 64
      memory    = 64
      essential = true
      command   = ["/bin/sh", "-c", "mkdir -p /www && echo $GREETING > /www/index.html && echo started && exec httpd -f -p 8080 -h /www"]
      environment = [
        { name = "GREETING", value = var.greeting },
      ]
      portMappings = [
        { containerPort = 8080, hostPort = 0, protocol = "tcp" },
      ]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = aws_cloudwatch_log_group.web.name
          "awslogs-region"        = data.aws_region.here.name
          "awslogs-stream-prefix" = "web"
        }
      }
    },
  ])
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = var.tasks
  launch_type     = "EC2"

  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 5
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  ordered_placement_strategy {
    type  = "spread"
    field = "instanceId"
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "web"
    container_port   = 8080
  }

  depends_on = [aws_lb_listener.http]
}

# What others would look up.
data "aws_ecs_cluster" "main" {
  cluster_name = aws_ecs_cluster.main.name
}

data "aws_ecs_service" "web" {
  service_name = aws_ecs_service.web.name
  cluster_arn  = aws_ecs_cluster.main.arn
}

data "aws_ecs_task_definition" "web" {
  task_definition = aws_ecs_task_definition.web.family
  depends_on      = [aws_ecs_task_definition.web]
}

data "aws_lb" "main" {
  arn = aws_lb.main.arn
}

data "aws_lb_target_group" "web" {
  arn = aws_lb_target_group.web.arn
}

data "aws_lb_listener" "http" {
  arn = aws_lb_listener.http.arn
}

output "name" {
  value = aws_lb.main.dns_name
}

output "account" {
  value = data.aws_caller_identity.me.account_id
}

output "cluster" {
  value = data.aws_ecs_cluster.main.status
}

output "revision" {
  value = data.aws_ecs_task_definition.web.revision
}
