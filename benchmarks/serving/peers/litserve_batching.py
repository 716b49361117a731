"""LitServe with its batching."""

import os

import joblib
import litserve
import numpy as np


class Model(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    def decode_request(self, request: dict[str, list[float]]) -> list[float]:
        return request["features"]

    def batch(self, inputs: list[list[float]]) -> np.ndarray:
        return np.array(inputs)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.model.predict_proba(x)[:, 1]

    def unbatch(self, output: np.ndarray) -> list[float]:
        return output.tolist()

    def encode_response(self, output: float) -> dict[str, float]:
        return {"probability": output}


if __name__ == "__main__":
    api = Model(max_batch_size=64, batch_timeout=0.005)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(
        port=int(os.environ["PORT"]),
        host="127.0.0.1",
        log_level="error",
        generate_client_file=False,
    )
