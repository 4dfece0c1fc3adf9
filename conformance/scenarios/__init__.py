"""Stories: what the platform does with a partner. They act and write down; they never judge."""
