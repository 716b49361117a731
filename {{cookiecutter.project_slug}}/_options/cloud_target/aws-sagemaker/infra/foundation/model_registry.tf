# Every bundle that was deployed, and whether production takes it.
resource "aws_sagemaker_model_package_group" "models" {
  model_package_group_name        = local.name
  model_package_group_description = "Bundles of ${local.name} that passed the gate and were deployed"
}
