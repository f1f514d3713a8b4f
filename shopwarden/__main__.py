"""``python -m shopwarden``."""

from shopwarden.cli.group import main

main()
