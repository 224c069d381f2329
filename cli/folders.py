"""Private folders for the account that embedded servers run under, checked before they are trusted."""

import os
import stat
from pathlib import Path

from cli.child import Account
from cli.refusals import CannotStart


class FolderTaken(CannotStart):
    """Somebody else made the folder we need; nothing of ours is put into it."""


def private_folder(folder: Path, account: Account | None) -> Path:
    """Make sure of a 0700 folder in a place where anybody may create one first."""
    owner = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        # One that still belongs to us is the rest of a start which was killed before it handed the folder over.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
            raise FolderTaken(f"{folder} belongs to uid {found.st_uid}, not to uid {owner}: remove it") from None
        folder.chmod(0o700)
    give(folder, account)
    return folder


def give(folder: Path, account: Account | None) -> None:
    """Hand a folder of ours with everything in it to the account, unless it has it already."""
    if account is None or folder.stat().st_uid == account.uid:
        return
    # Bottom up, so that a start which is killed here does it again.
    for parent, _, files in os.walk(folder, topdown=False):
        for path in (*(Path(parent, name) for name in files), Path(parent)):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
