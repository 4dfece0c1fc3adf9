"""Many partners' reports on one page: who conforms, what fails most, what changed. A report is a claim, and hostile."""
