"""Rules on the canal: the state of checkpoints and how fresh it is."""
