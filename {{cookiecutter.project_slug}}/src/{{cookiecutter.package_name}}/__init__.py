NAME = "{{ cookiecutter.project_slug }}"
TITLE = {{ cookiecutter.project_name | python_string }}
DESCRIPTION = {{ cookiecutter.description | python_string }}
