                deleteDir()
                checkout scm
                unstash 'release'
                sh 'git checkout --quiet --detach "$(cat build/release/commit)"'
{% include "ci/jenkins/deploy_credentials.groovy" %}
                    sh '{{ source }}make setup deploy ENV={{ environment }} YES=1 IMAGE="$(cat build/release/image)"'
                }
