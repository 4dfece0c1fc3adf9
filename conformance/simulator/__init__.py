"""The platform as the partner meets it: objects, events and subscriptions behind a real HTTP API."""
