"""``python -m alta``: the command ``alta``."""

from alta.cli import main

if __name__ == "__main__":
    main()
