"""What jobs do with merge requests and the default branch: reports, what was trained, what was noted.

All need a token, and none shows it: it is in a header, or asked for by git.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

REPORT = Path("build/report.md")
PROPOSAL = Path("build/proposal")
MARK = "<!-- the pipeline's report -->"  # tells our note from all others; nobody sees it
LONGEST = 900_000  # characters; GitLab takes a million
PAGE = 100
# Git asks this function, so that the token is in no command line and no address.
CREDENTIALS = '!token() { echo username=oauth2; echo "password=$RETRAIN_TOKEN"; }; token'


def report() -> None:
    """Show the report, and keep it as one note on the merge request."""
    if not REPORT.is_file():
        print("There is no report: the pipeline did not get that far.")
        return
    text = REPORT.read_text(encoding="utf-8")
    print(text)
    number, token = os.environ.get("CI_MERGE_REQUEST_IID"), os.environ.get("REPORT_TOKEN")
    if not number:
        print("There is no merge request to put it on.")
    elif not token:
        print("REPORT_TOKEN is not set: the report is in this job's artifacts only.")
    else:
        project = os.environ["CI_MERGE_REQUEST_PROJECT_ID"]
        notes = f"projects/{project}/merge_requests/{number}/notes"
        body = {"body": f"{MARK}\n{text[:LONGEST]}"}
        ours = _our_note(notes, token)
        if ours is None:
            _ask("POST", notes, token, body)
        else:
            _ask("PUT", f"{notes}/{ours}", token, body)


def propose() -> None:
    """Push what was trained: as a branch with a merge request, or directly."""
    if not (PROPOSAL / "branch").is_file():
        print("There is nothing to propose.")
        return
    token = os.environ.get("RETRAIN_TOKEN")
    if not token:
        sys.exit("RETRAIN_TOKEN is not set: nothing can be proposed. `make ci-doctor` tells more.")
    branch, target = _proposed("branch"), os.environ["CI_DEFAULT_BRANCH"]
    if os.environ.get("RETRAIN_MODE") == "direct":
        _git("pull", "--quiet", "--rebase", _repository(), target)
        _git("push", _repository(), f"HEAD:refs/heads/{target}")
        return
    requests = f"projects/{quote(os.environ['CI_PROJECT_ID'], safe='')}/merge_requests"
    wanted = {"source_branch": branch, "target_branch": target}
    # The same data and parameters give the same name. What is open may have been edited.
    found = _ask("GET", f"{requests}?{urlencode(wanted | {'state': 'opened'})}", token)
    if not found:
        # Of a closed one, the branch may be left.
        _git("push", "--force", _repository(), f"refs/heads/{branch}:refs/heads/{branch}")
        texts = {
            "title": _proposed("title"),
            "description": _proposed("body.md")[:LONGEST],
            "remove_source_branch": True,
        }
        found = [_ask("POST", requests, token, wanted | texts)]
    print(f"The merge request is {found[0]['web_url']}")


def record() -> None:
    """Push the commit with what was noted, and start no pipeline with it.

    Fails if the job before has not come to its end: once that has, this one has to run again.
    """
    if _git("rev-parse", "HEAD").strip() != os.environ["CI_COMMIT_SHA"]:
        _push_to_main()
    if not Path(os.environ["FINISHED"]).is_file():
        sys.exit("The job before has failed. When it is retried, retry this one after it, too.")


def _push_to_main() -> None:
    if not os.environ.get("RETRAIN_TOKEN"):
        sys.exit("RETRAIN_TOKEN is not set, so the ledger cannot be pushed. See `make ci-doctor`.")
    target = os.environ["CI_DEFAULT_BRANCH"]
    # What is here goes on from what is there: the job that has noted it began with `make ledger`.
    _git("pull", "--quiet", "--rebase", "--strategy-option=theirs", _repository(), target)
    changed = _git("diff", "--numstat", "FETCH_HEAD", "HEAD", "--", "governance").splitlines()
    if any(line.split()[1] != "0" for line in changed):
        sys.exit(
            "Others have noted something since. Where nothing was promoted yet, run this pipeline's "
            "first job again; else docs/governance.md says what to do with an entry that is lost."
        )
    _git("push", "--push-option=ci.skip", _repository(), f"HEAD:refs/heads/{target}")


def _our_note(notes: str, token: str) -> int | None:
    """Return the id of the note that this token's user has written before."""
    user = _ask("GET", "user", token)["id"]
    for note in _pages(notes, token):
        if note["author"]["id"] == user and note["body"].startswith(MARK):
            return int(note["id"])
    return None


def _pages(path: str, token: str) -> Iterator[dict[str, Any]]:
    page = 1
    while found := _ask("GET", f"{path}?per_page={PAGE}&page={page}", token):
        yield from found
        page += 1


def _ask(method: str, path: str, token: str, content: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"{os.environ['CI_API_V4_URL']}/{path}",
        method=method,
        headers={"PRIVATE-TOKEN": token, "Content-Type": "application/json"},
        data=json.dumps(content).encode() if content else None,
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        reason = error.read(1000).decode(errors="replace")
        sys.exit(f"GitLab refuses {method} {path.partition('?')[0]} ({error.code}): {reason}")
    except urllib.error.URLError as error:
        sys.exit(f"GitLab cannot be reached: {error.reason}")


def _proposed(name: str) -> str:
    return (PROPOSAL / name).read_text(encoding="utf-8").strip()


def _repository() -> str:
    # With a user in it, the runner's git does not put the job's own token into the address.
    server = os.environ["CI_SERVER_URL"].replace("://", "://oauth2@", 1)
    return f"{server}/{os.environ['CI_PROJECT_PATH']}.git"


def _git(*arguments: str) -> str:
    # The empty helper is for those that the runner has set up, with a token that may not push.
    helpers = ["-c", "credential.helper=", "-c", f"credential.helper={CREDENTIALS}"]
    result = subprocess.run(["git", *helpers, *arguments], stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"git {arguments[0]} failed.")
    return result.stdout


if __name__ == "__main__":
    {"report": report, "propose": propose, "record": record}[sys.argv[1]]()
