
# Sign in to the registry of images, and to the cluster: KUBE_CONFIG is a variable of the type file.
# What is not set, `make ci-doctor` tells.
sign_in() {
    if [ -n "$REGISTRY_PASSWORD" ]; then
        printf %s "$REGISTRY_PASSWORD" |
            docker login --username "$REGISTRY_USER" --password-stdin "${IMAGE_REGISTRY%%/*}"
    fi
    [ -z "${KUBE_CONFIG:-}" ] || export KUBECONFIG="$KUBE_CONFIG"
}
