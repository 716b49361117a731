"""Runs the pipelines of a project on Jenkins without Jenkins."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ..conftest import ROOT, Project

# Where the program is that runs a Jenkinsfile without Jenkins, and the jars of Groovy.
RUNNER = Path(
    os.environ.get("JENKINSFILE_RUNNER", ROOT.parent / "shared/tools/jenkinsfile-run.groovy")
)
JARS = os.environ.get("GROOVY_JARS", "")
needs_runner = pytest.mark.skipif(
    not (shutil.which("java") and RUNNER.is_file() and JARS),
    reason="needs java, JENKINSFILE_RUNNER and GROOVY_JARS, the folder with the jars of Groovy",
)

# What the runner lacks, by what stands there in its place.
LACKS = {
    # It calls this method of a stage where it means to look a directive up.
    "agent(a)": "placed(a)",
    "'durabilityHint'": "'durabilityHint', 'withFolderProperties'",
    # What fails in `catchError` fails the build, after what comes later.
    "static boolean dry;": "static boolean dry; static Bad caught;",
    "if(a && a[-1] instanceof Closure){": (
        "if(n=='catchError'){ try { Ctx.run(a[-1], this) } catch (Bad e) { caught = e }; return };"
        "if(a && a[-1] instanceof Closure){"
    ),
    'println "ok:': (
        'if (Ctx.caught) { System.err.println "${file}: ${Ctx.caught.message}"; System.exit(1) };'
        'println "ok:'
    ),
    # What steps give back, and what is set in `env`.
    "if(n=='echo')": (
        "if(n=='checkout') return [GIT_PREVIOUS_SUCCESSFUL_COMMIT: null];"
        "if(n=='string') return a[0];"
        "if(n=='build') println \"[build] ${a[0].job} ${a[0].parameters*.value}\";"
        "if(n=='echo')"
    ),
    ".redirectErrorStream(true)": (
        ".redirectErrorStream(!(m instanceof Map)).redirectError(ProcessBuilder.Redirect.INHERIT)"
    ),
    "GIT_COMMIT:'0'*40": (
        "getBuildCauses: { System.getenv('STARTED_BY') ? [[userId: System.getenv('STARTED_BY')]] : [] }"
    ),
    "if(n=='env'||": "if(n=='env') return vars; if(",
}
# It ends before it pays off to compile it well: half the time of a processor.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")

FILES = {
    "integrate": "Jenkinsfile",
    "deliver": "jenkins/deliver.Jenkinsfile",
    "train": "jenkins/train.Jenkinsfile",
    "monitor": "jenkins/monitor.Jenkinsfile",
}
INTEGRATE = ["lint", "secrets", "test", "data", "pipeline", "report", "build-image"]


def run(
    project: Project, folder: Path, file: str, dry: bool, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a Jenkinsfile in a project; if dry, look at it only."""
    source = RUNNER.read_text(encoding="utf-8")
    for there, wanted in LACKS.items():
        source = source.replace(there, wanted)
    runner = folder / "run.groovy"
    runner.write_text(source, encoding="utf-8")
    dry_run = f"-Ddry={str(dry).lower()}"
    command = ("java", *QUICK, "-cp", f"{JARS}/*", dry_run, "groovy.ui.GroovyMain")
    return project.run(*command, str(runner), file, **settings)


def failed_stage(result: subprocess.CompletedProcess[str]) -> str:
    """Return the innermost stage in which the runner has stopped."""
    assert result.returncode == 1, result.stdout
    (where,) = re.findall(r"^\S*Jenkinsfile: (\S+): sh exited", result.stdout, re.MULTILINE)
    return str(re.findall(r"stage\(([\w-]+)\)", where)[-1])


def scripts(project: Project, file: str) -> list[str]:
    return re.findall(r"(?<![.\w])sh(?:\(script:)? '''(.*?)'''", project.read(file), re.DOTALL)
