variable "team" {
  default = "storefront"
}

variable "domain" {
  default = "storefront.example.com"
}

variable "image_tag" {
  default = "1"
}

variable "range" {
  description = "Of the VPC. The machine must have no route into it."
  default     = "10.83.0.0/16"
}

variable "least_tasks" {
  default = 2
}

variable "most_tasks" {
  default = 6
}

variable "requests_per_task" {
  description = "In a minute, kept to by adding and removing tasks"
  default     = 1000
}

variable "teapot" {
  description = "What the load balancer answers itself"
  default     = "/teapot"
}

variable "insights" {
  default = "disabled"
}

variable "drain_seconds" {
  description = "How long a request may take that a task is answering when it is taken away"
  default     = 10
}
