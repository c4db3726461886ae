"""``python -m alta_verify``: the command ``alta-verify``."""

from alta_verify.command.main import main

if __name__ == "__main__":
    main()
