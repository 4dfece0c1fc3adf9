"""The subcommands of `webhook-conformance`, one a file; each imports what it needs when it runs."""
