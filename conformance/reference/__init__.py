"""The reference partner: a small receiver of webhooks that may be copied; it talks HTTP like any partner."""
