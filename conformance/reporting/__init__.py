"""What people and gates read of a run: one renderer per format, each a pure function of a report, and one writer."""
