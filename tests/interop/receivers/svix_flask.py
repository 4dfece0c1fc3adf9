import os

from flask import Flask, request
from svix.webhooks import Webhook, WebhookVerificationError

app, webhook = Flask(__name__), Webhook(os.environ["CONFORMANCE_SIGNING_SECRET"])


@app.post("/webhooks")
def take():
    try:
        webhook.verify(request.get_data(), dict(request.headers))
    except WebhookVerificationError:
        return "", 400
    return "", 204


app.run(port=int(os.environ["PORT"]), threaded=True)
