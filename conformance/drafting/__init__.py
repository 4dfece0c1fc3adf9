"""Drafting a platform description from a document: guesses, each with its reason."""
