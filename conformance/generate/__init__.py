"""Making events: samples from the platform's document, and events of a story from samples."""
