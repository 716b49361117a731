"""Ray Serve as its quick start has it."""

import os

import joblib
from ray import serve
from starlette.requests import Request

QUIET = {"enable_access_log": False}


@serve.deployment(logging_config=QUIET)
class Quickstart:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    async def __call__(self, request: Request) -> dict[str, float]:
        row = (await request.json())["features"]
        return {"probability": float(self.model.predict_proba([row])[0, 1])}


if __name__ == "__main__":
    options = {"host": "127.0.0.1", "port": int(os.environ["PORT"])}
    serve.start(http_options=options, logging_config=QUIET)
    serve.run(Quickstart.bind(), route_prefix="/predict", blocking=True)
