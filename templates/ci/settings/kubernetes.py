PLATFORM = (
    Setting(
        "IMAGE_REGISTRY",
        "where images go, such as registry.example.com/flights",
        "delivery",
        pattern=r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._/-]+)?",
    ),
    Setting("REGISTRY_USER", "who signs in there", "delivery"),
    Setting("REGISTRY_PASSWORD", "and with what", "delivery", secret=True),
    Setting("KUBE_CONFIG", "the cluster, and a token for it", "delivery", secret=True),
    Setting("KUBE_CONTEXT", "the context that has to be the current one"),
)
