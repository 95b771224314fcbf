"""The command line: from the first step of the process to its exit status."""
