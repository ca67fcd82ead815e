"""The commands of the program, one family a file; each imports what it needs when it runs."""
