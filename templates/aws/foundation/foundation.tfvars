{% include "sign_in/" ~ cookiecutter.ci_provider ~ ".tfvars" %}
