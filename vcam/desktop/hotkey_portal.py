"""The hotkey on Wayland: the desktop's portal keeps the keys and tells us when they are pressed.

org.freedesktop.portal.GlobalShortcuts, versions 1 and 2. Not every desktop has it; the person may be asked,
and may have chosen other keys.
"""

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from typing import Any

from vcam.desktop.dbus_session import BusError, SessionBus
from vcam.desktop.dbus_wire import Message, Variant
from vcam.desktop.hotkey_keys import Keys

_log = logging.getLogger(__name__)

_PORTAL, _PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_MISSING = {
    f"org.freedesktop.DBus.Error.{name}"
    for name in ("ServiceUnknown", "UnknownInterface", "UnknownMethod", "NameHasNoOwner", "UnknownObject")
}
_ID = "toggle"
_INSTEAD = 'give the keys to the command "gazecam toggle" in the keyboard settings of your desktop'
_MODIFIERS = {"Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Super": "LOGO"}
_KEYSYMS = {"PageUp": "Prior", "PageDown": "Next", "Space": "space"}


class PortalListener:
    """Asks the portal in the background; ``problem`` says how that ended."""

    def __init__(self, keys: Keys, pressed: Callable[[], None]) -> None:
        self._keys, self._pressed = keys, pressed
        self._problem: str | None = None
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._serve())
        self._thread = threading.Thread(target=self._run, name="hotkey", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str | None:
        """Why the keys do nothing; None while they work, or the person has not answered yet."""
        return self._problem

    def close(self) -> None:
        """Give the keys back; the thread has ended."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join()
            self._loop.close()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except BusError as error:
            self._problem = self._explained(error)

    def _explained(self, error: BusError) -> str:
        if error.name in _MISSING:
            return f"this desktop gives no hotkeys to programs (it has no portal for them); {_INSTEAD}"
        return f"{self._keys} does not work: {error}; {_INSTEAD}"

    async def _serve(self) -> None:
        bus = await SessionBus.open()
        try:
            portal = _Portal(bus)
            session = await portal.open()
            await portal.bind(session, self._keys)
            portal.pressed = self._pressed
            await bus.ended
        finally:
            await bus.close()


class _Portal:
    """The portal's requests: each is answered by a signal, later."""

    def __init__(self, bus: SessionBus) -> None:
        self._bus = bus
        self._session = ""
        self._responses: dict[str, asyncio.Future[Message]] = {}
        self.pressed: Callable[[], None] | None = None

    async def open(self) -> str:
        """A session for shortcuts: its path."""
        try:  # tells the portal who we are; older ones find out by themselves
            registry = "org.freedesktop.host.portal.Registry.Register"
            await self._bus.call(_PORTAL, _PATH, registry, "sa{sv}", "gazecam", {})
        except BusError as error:
            _log.debug("the portal takes no name: %s", error)
        await self._bus.hear(_PORTAL, self._heard)
        options = {"session_handle_token": Variant("s", _token())}
        answer = await self._request("CreateSession", "", (), options)
        self._session = str(answer.get("session_handle", ""))
        return self._session

    async def bind(self, session: str, keys: Keys) -> None:
        """Ask for the keys.

        Raises:
            BusError: the person or the desktop did not give any.
        """
        wanted = {
            "description": Variant("s", "Turn GazeCam on or off"),
            "preferred_trigger": Variant("s", trigger(keys)),
        }
        values = (session, [(_ID, wanted)], "")
        answer = await self._request("BindShortcuts", "oa(sa{sv})s", values, {})
        given = dict(answer.get("shortcuts", []))
        if _ID not in given:
            raise BusError("the desktop gave it no keys")
        _log.info("hotkey by the desktop: %s", given[_ID].get("trigger_description", "unknown"))

    async def _request(
        self, member: str, signature: str, values: tuple[Any, ...], options: dict[str, Variant]
    ) -> dict[str, Any]:
        token = _token()
        # its path follows from our name, so that an answer is heard that comes before the call returns
        path = f"{_PATH}/request/{self._bus.name[1:].replace('.', '_')}/{token}"
        response = self._responses[path] = asyncio.get_running_loop().create_future()
        options = options | {"handle_token": Variant("s", token)}
        method = f"{_SHORTCUTS}.{member}"
        (handle,) = await self._bus.call(_PORTAL, _PATH, method, signature + "a{sv}", *values, options)
        self._responses[handle] = response  # old portals name it otherwise
        done, _ = await asyncio.wait({response, self._bus.ended}, return_when=asyncio.FIRST_COMPLETED)
        if response not in done:
            await self._bus.ended
        code, results = (await response).body
        if code != 0:
            raise BusError("you did not allow it" if code == 1 else "the desktop refused it")
        return results

    def _heard(self, signal: Message) -> None:
        if signal.member == "Response" and signal.path in self._responses:
            response = self._responses[signal.path]
            if not response.done():
                response.set_result(signal)
        elif signal.member == "Activated" and signal.interface == _SHORTCUTS:
            session, name = signal.body[:2]
            if (session, name) == (self._session, _ID) and self.pressed is not None:
                self.pressed()


def trigger(keys: Keys) -> str:
    """The keys as the "shortcuts" specification of freedesktop.org writes them."""
    key = _KEYSYMS.get(keys.key, keys.key if len(keys.key) > 1 else keys.key.lower())
    return "+".join([*(_MODIFIERS[m] for m in _MODIFIERS if m in keys.modifiers), key])


def _token() -> str:
    return f"gazecam_{secrets.token_hex(8)}"
