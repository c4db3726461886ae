"""The command line: arguments, programs by name, errors as one line, exit statuses."""
