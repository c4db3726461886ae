"""``python -m alta``: the command ``alta``."""

from alta.command.main import main

if __name__ == "__main__":
    main()
