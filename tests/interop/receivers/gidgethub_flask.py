import os

import gidgethub
from flask import Flask, request
from gidgethub.sansio import Event

app, secret = Flask(__name__), os.environ["CONFORMANCE_SIGNING_SECRET"]


@app.post("/webhooks")
def take():
    try:
        headers = {name.lower(): value for name, value in request.headers.items()}
        Event.from_http(headers, request.get_data(), secret=secret)
    except gidgethub.ValidationFailure:
        return "", 401
    except gidgethub.BadRequest as error:
        return "", error.status_code
    return "", 200


app.run(port=int(os.environ["PORT"]), threaded=True)
