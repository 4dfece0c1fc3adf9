"""Deciding: pure functions from what was recorded to findings and verdicts."""
