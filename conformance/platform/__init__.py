"""What is known of a platform before a run: its description and its OpenAPI document."""
