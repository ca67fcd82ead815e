"""What a report changes: where it lies, and what it says of tasks and checkpoints once it is accepted."""
