# Push the image to this name.
output "repository" {
  value = aws_ecr_repository.web.repository_url
}

output "url" {
  value = "https://${aws_lb.main.dns_name}"
}

output "cluster" {
  value = aws_ecs_cluster.main.name
}

output "service" {
  value = aws_ecs_service.web.name
}

output "account" {
  value = data.aws_caller_identity.me.account_id
}
