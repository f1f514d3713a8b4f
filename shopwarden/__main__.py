"""``python -m shopwarden``."""

from shopwarden.cli.import_path import leave_current_folder_out

leave_current_folder_out()

from shopwarden.cli.group import main  # noqa: E402  only now: click, too, could lie in the current folder

if __name__ == "__main__":
    main()
