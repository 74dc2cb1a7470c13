# The network of the shop.
terraform {
  required_version = ">= 1.5"
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

locals {
  prefix = "shop-${var.region}"
  size   = 20
}

# Where images are kept.
resource "aws_s3_bucket" "images" {
  bucket = "${local.prefix}-images"

  lifecycle_rule {
    enabled = true
  }
}

data "aws_ami" "ubuntu" {
  owners = ["self"]
}

module "database" {
  source = "./modules/database"
  bucket = aws_s3_bucket.images.id
}

output "bucket_name" {
  value = aws_s3_bucket.images.bucket
}
