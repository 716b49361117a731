    ci_job = "https://jenkins.example.com/job/flights"
