"""A shop on FastAPI, behind uvicorn."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse

app = FastAPI(openapi_url=None)
app.state.visits = 0


@app.get("/")
async def shop() -> Response:
    app.state.visits += 1
    print(f"visit {app.state.visits}")
    return PlainTextResponse("welcome to the shop\n")


@app.get("/pre-stop")
async def pre_stop() -> Response:
    print(f"{app.state.visits} visits were counted")
    return Response()


if __name__ == "__main__":
    # The platform keeps idle connections; uvicorn alone would close them after 5 seconds.
    uvicorn.run(app, host="0.0.0.0", port=9000, timeout_keep_alive=24 * 60 * 60, access_log=False)
