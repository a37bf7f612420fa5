"""The command line: one file a technique, one console, one way out."""
