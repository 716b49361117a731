            post {
                always {
                    sh 'rm -rf "$DOCKER_CONFIG"' // later builds on this agent may be of other branches
                }
            }
