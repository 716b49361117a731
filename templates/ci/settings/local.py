PLATFORM = (
    Setting("DOCKER_HOST", "whose Docker runs the service", pattern=r"(ssh|tcp|unix)://.+"),
)
