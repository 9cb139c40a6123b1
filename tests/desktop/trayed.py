"""The desktop as a program of its own, around a plain camera; prints what viewers see when that changes.

python -m tests.desktop.trayed FOLDER
"""

import sys
from pathlib import Path

from tests.desktop.live import PlainCamera, Viewers, plain_session
from vcam.desktop import run_desktop
from vcam.settings_file import SettingsFile
from vcam.types import Frame


class TellingViewers(Viewers):
    def send(self, frame: Frame) -> None:
        before, now = self.newest, int(frame.image[0, 0, 0])
        super().send(frame)
        if before is None or int(before.image[0, 0, 0]) != now:
            print(f"frame {frame.index} viewers see {now}", flush=True)


def main(folder: Path) -> int:
    file = SettingsFile(folder / "settings.toml")
    session = plain_session(file.load(), TellingViewers(), PlainCamera())
    try:
        return run_desktop(session, file)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
