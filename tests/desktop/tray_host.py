"""A tray without pixels: the StatusNotifier host of KDE, Xfce and GNOME's extension, on a bus of its own.

It reads what an icon shows, and clicks it and its menu, as a panel does.
Specifications: freedesktop's StatusNotifierItem, and com.canonical.dbusmenu.
"""

import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusVariant, QDBusVirtualObject

_WATCHER, _WATCHER_PATH = "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher"
_ITEM, _MENU = "org.kde.StatusNotifierItem", "com.canonical.dbusmenu"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_INTROSPECTION = f"""<interface name="{_WATCHER}">
<method name="RegisterStatusNotifierItem"><arg name="service" type="s" direction="in"/></method>
<method name="RegisterStatusNotifierHost"><arg name="service" type="s" direction="in"/></method>
<property name="RegisteredStatusNotifierItems" type="as" access="read"/>
<property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
<property name="ProtocolVersion" type="i" access="read"/>
<signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
<signal name="StatusNotifierHostRegistered"/>
</interface>"""


def missing() -> str | None:
    """What this host needs and the machine lacks."""
    gone = [tool for tool in ("dbus-daemon", "dbus-send") if shutil.which(tool) is None]
    return f"{' and '.join(gone)} missing: install dbus" if gone else None


class PrivateBus:
    """A session bus that nobody else is on."""

    def __init__(self, folder: Path) -> None:
        command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
        command += [f"--address=unix:path={folder / 'bus'}"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], 10)
        assert ready, "dbus-daemon printed no address within 10 s"
        self.address = self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


@dataclass
class MenuEntry:
    """One entry of an item's menu."""

    number: int
    properties: dict[str, Any]
    entries: list["MenuEntry"] = field(default_factory=list)

    @property
    def label(self) -> str:
        return str(self.properties.get("label", "")).replace("_", "")

    @property
    def checked(self) -> bool:
        return self.properties.get("toggle-state") == 1

    @property
    def enabled(self) -> bool:
        return bool(self.properties.get("enabled", True))

    def __getitem__(self, label: str) -> "MenuEntry":
        for entry in self.entries:
            if entry.label == label:
                return entry
        raise KeyError(f"{label!r} is not among {[entry.label for entry in self.entries]}")

    def walk(self) -> Iterator["MenuEntry"]:
        for entry in self.entries:
            yield entry
            yield from entry.walk()


class TrayHost(QDBusVirtualObject):
    """Takes items in, as a panel does."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self.items: list[tuple[str, str]] = []
        """(bus name, path) of each icon."""
        self._bus = QDBusConnection.connectToBus(address, f"tray host {id(self)}")
        assert self._bus.isConnected(), self._bus.lastError().message()
        assert self._bus.registerVirtualObject(_WATCHER_PATH, self)
        assert self._bus.registerService(_WATCHER)

    def introspect(self, _path: str) -> str:
        return _INTROSPECTION

    def handleMessage(self, message: QDBusMessage, connection: QDBusConnection) -> bool:  # noqa: N802
        match message.interface(), message.member(), message.arguments():
            case _, "RegisterStatusNotifierItem", [str(name)]:
                item = (message.service(), name) if name.startswith("/") else (name, "/StatusNotifierItem")
                self.items.append(item)
                answer: list[Any] = []
            case _, "RegisterStatusNotifierHost", _:
                answer = []
            case _, "Get", [_, "IsStatusNotifierHostRegistered"]:
                answer = [QDBusVariant(True)]
            case _, "Get", [_, "ProtocolVersion"]:
                answer = [QDBusVariant(0)]
            case _, "Get", [_, "RegisteredStatusNotifierItems"]:
                answer = [QDBusVariant(["".join(item) for item in self.items])]
            case _:
                return False
        return connection.send(message.createReply(answer))

    def close(self) -> None:
        self._bus.unregisterService(_WATCHER)
        self._bus.unregisterObject(_WATCHER_PATH)
        QDBusConnection.disconnectFromBus(self._bus.name())

    def wait_for(self, what: Callable[[], Any], timeout_s: float = 20.0) -> Any:
        """Serve the bus until ``what`` is true; its value."""
        until = time.monotonic() + timeout_s
        while not (value := what()):
            assert time.monotonic() < until, f"nothing came within {timeout_s} s"
            QCoreApplication.processEvents()
            time.sleep(0.01)
        return value

    def read(self, name: str) -> Any:
        """A property of the newest item, e.g. "ToolTip"."""
        return self._call(_PROPERTIES, "Get", f"string:{_ITEM}", f"string:{name}")[0]

    def click(self) -> None:
        """A left click on the newest item."""
        self._call(_ITEM, "Activate", "int32:0", "int32:0")

    def menu(self) -> MenuEntry:
        """The newest item's menu, as it stands."""
        wanted = "array:string:label,enabled,toggle-state,toggle-type,type"
        _, tree = self._call(_MENU, "GetLayout", "int32:0", "int32:-1", wanted, path=self.read("Menu"))
        return _entry(tree)

    def choose(self, *labels: str) -> None:
        """Click an entry of the menu, by its label and those of the menus that it is in."""
        entry = self.menu()
        for label in labels:
            entry = entry[label]
        event = f"int32:{entry.number}", "string:clicked", "variant:int32:0", "uint32:0"
        self._call(_MENU, "Event", *event, path=self.read("Menu"))

    def _call(self, interface: str, method: str, *arguments: str, path: str | None = None) -> list[Any]:
        # PySide can neither send unsigned integers nor take structures apart; the bus's own tool can
        name, item_path = self.items[-1]
        command = ["dbus-send", f"--bus={self._address}", "--print-reply", f"--dest={name}"]
        command += [path or item_path, f"{interface}.{method}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
        assert done.returncode == 0, done.stderr
        return _Reply(done.stdout).values()


class _Reply:
    """What dbus-send prints, as lists, dictionaries and plain values."""

    def __init__(self, text: str) -> None:
        self._lines = [line.strip() for line in text.splitlines()[1:]]

    def values(self, end: str | None = None) -> list[Any]:
        found = []
        while self._lines:
            line = self._lines.pop(0)
            if line == end:
                break
            found.append(self._value(line))
        return found

    def _value(self, line: str) -> Any:
        kind, _, rest = line.partition(" ")
        match kind, rest:
            case "variant", inner:
                value: Any = self._value(inner.strip())
            case "array", "[":
                inside = self.values("]")
                value = dict(inside) if inside and isinstance(inside[0], tuple) else inside
            case "array", _:  # "of bytes [": pixels
                value = bytes.fromhex("".join(self._until("]")))
            case "struct", "{":
                value = self.values("}")
            case "dict", "entry(":
                value = tuple(self.values(")"))
            case "boolean", word:
                value = word == "true"
            case ("string", text) | ("object", text):
                value = text.removeprefix("path ").removeprefix('"').removesuffix('"')
            case _, number:
                value = float(number) if kind == "double" else int(number)
        return value

    def _until(self, end: str) -> Iterator[str]:
        while (line := self._lines.pop(0)) != end:
            yield line


def _entry(tree: Any) -> MenuEntry:
    number, properties, entries = tree
    return MenuEntry(number, dict(properties), [_entry(entry) for entry in entries])
