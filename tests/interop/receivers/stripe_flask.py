import os

import stripe
from flask import Flask, request

app, secret = Flask(__name__), os.environ["CONFORMANCE_SIGNING_SECRET"]


@app.post("/webhooks")
def take():
    try:
        stripe.Webhook.construct_event(request.get_data(), request.headers.get("Stripe-Signature"), secret)
    except (ValueError, stripe.SignatureVerificationError):
        return "", 400
    return "", 200


app.run(port=int(os.environ["PORT"]), threaded=True)
