{% set family = cookiecutter.cloud_target.split("-")[0] %}
# shellcheck shell=sh
# What jobs call before their `make` line: programs that the image lacks{{ ", and the sign-in" if family != "local" }}.

# Install Debian's packages.
apt_install() {
    apt-get update -qq
    apt-get install --yes -qq --no-install-recommends "$@" >/dev/null
}

# Start a Docker daemon in the job itself, unless one answers already: what it runs is reached on
# 127.0.0.1, and sees the job's files, as on any other machine. The runner has to be privileged.
start_docker() {
    docker info >/dev/null 2>&1 && return
    apt_install docker.io
    # With cgroup v2, containers cannot be made in a group that has processes of its own.
    if [ -f /sys/fs/cgroup/cgroup.controllers ] && mkdir -p /sys/fs/cgroup/job; then
        xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/job/cgroup.procs 2>/dev/null || true
        sed -e 's/ / +/g' -e 's/^/+/' /sys/fs/cgroup/cgroup.controllers \
            >/sys/fs/cgroup/cgroup.subtree_control || true
    fi
    # Beside the job's files is a volume: images cannot be laid over what the job's own root is. It may
    # be kept for jobs to come, which are not to find what a branch has left there.
    rm -rf "$CI_BUILDS_DIR/.docker"
    dockerd --data-root="$CI_BUILDS_DIR/.docker" >/tmp/dockerd.log 2>&1 &
    timeout 60 sh -c 'until docker info >/dev/null 2>&1; do sleep 1; done' || {
        tail -5 /tmp/dockerd.log
        echo "No Docker daemon answers. Is the runner privileged?" >&2
        return 1
    }
}
{% if family == "kubernetes" %}

install_kubectl() {
    command -v kubectl >/dev/null && return
    install_from https://pkgs.k8s.io/core:/stable:/v1.34/deb Release.key / kubectl
}
{% elif family != "local" %}

install_terraform() {
    command -v terraform >/dev/null && return
    install_from https://apt.releases.hashicorp.com gpg "bookworm main" "terraform=1.13.*"
}
{% endif %}
{% if family != "local" %}

# Install a package from its maker's repository, whose key signs it: URL, key, suite, package.
install_from() {
    curl --fail --silent --show-error --location --output /etc/apt/keyrings/maker.asc "$1/$2"
    echo "deb [signed-by=/etc/apt/keyrings/maker.asc] $1 $3" >/etc/apt/sources.list.d/maker.list
    apt_install "$4"
}
{% endif %}
{% if family in ("aws", "gcp", "azure") %}

# Keep a text in a file that only this job's user can read, and say where.
secret_file() {
    file=$(mktemp)
    printf %s "$1" >"$file"
    echo "$file"
}
{% endif %}
{% include "ci/gitlab/" ~ family ~ ".sh" ignore missing %}
