import os

from flask import Flask, request
from slack_sdk.signature import SignatureVerifier

app, verifier = Flask(__name__), SignatureVerifier(os.environ["CONFORMANCE_SIGNING_SECRET"])


@app.post("/webhooks")
def take():
    if not verifier.is_valid_request(request.get_data(), dict(request.headers)):
        return "", 401
    told = request.get_json()
    return {"challenge": told["challenge"]} if told["type"] == "url_verification" else ""


app.run(port=int(os.environ["PORT"]), threaded=True)
