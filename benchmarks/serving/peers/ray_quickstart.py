"""Ray Serve as its quick start has it."""

import os

import joblib
from ray import serve
from starlette.requests import Request


@serve.deployment
class Quickstart:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    async def __call__(self, request: Request) -> dict[str, float]:
        row = (await request.json())["features"]
        return {"probability": float(self.model.predict_proba([row])[0, 1])}


if __name__ == "__main__":
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Quickstart.bind(), route_prefix="/predict", blocking=True)
