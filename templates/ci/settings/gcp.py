ACCOUNT = r".+@.+\.iam\.gserviceaccount\.com"
PLATFORM = (
    Setting("GOOGLE_CLOUD_PROJECT", "the project's id", "delivery", pattern=r"[a-z][a-z0-9:.-]+"),
    Setting("GOOGLE_CLOUD_REGION", "where everything is", "delivery", pattern=r"[a-z]+-[a-z]+\d+"),
    Setting(
        "GCP_WORKLOAD_IDENTITY_PROVIDER",
        "takes the tokens of the CI",
        "delivery",
        pattern=r"projects/\d+/locations/global/workloadIdentityPools/[^/]+/providers/[^/]+",
    ),
    Setting("GCP_READ_ACCOUNT", "reads data for changes", "stored data", pattern=ACCOUNT),
    Setting("GCP_TRAIN_ACCOUNT", "reads and adds data, to retrain", "stored data", pattern=ACCOUNT),
    Setting("GCP_DEPLOY_ACCOUNT", "pushes images and deploys them", "delivery", pattern=ACCOUNT),
)
