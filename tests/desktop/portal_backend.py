"""What a desktop puts behind xdg-desktop-portal for global shortcuts: allows them, or refuses them.

A program of its own. It says each call as a line of JSON, and emits ``Activated`` for each line on its input.
The portal between it and us is the real one, and checks the types of both.
"""

import asyncio
import json
import sys
from typing import Any

from vcam.desktop.dbus_session import SessionBus
from vcam.desktop.dbus_wire import CALL, REPLY, SIGNAL, Message, Variant, encode

NAME = "org.freedesktop.impl.portal.desktop.gazecam_test"
PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.impl.portal.GlobalShortcuts"


class Backend(SessionBus):
    """Answers calls."""

    refuses = False
    session = ""

    def _take(self, message: Message) -> None:
        if message.kind != CALL:
            super()._take(message)
            return
        answer = self._answer(message)
        reply = Message(
            REPLY,
            next(self._serials),
            reply_to=message.serial,
            destination=message.sender,
            signature=answer[0],
            body=answer[1:],
        )
        self._writer.write(encode(reply))

    def _answer(self, call: Message) -> tuple[Any, ...]:
        match call.member:
            case "GetAll":
                return "a{sv}", {"version": Variant("u", 1)}
            case "CreateSession":
                self.session = call.body[1]
                return "ua{sv}", 0, {}
            case "BindShortcuts":
                _, _, asked, _, _ = call.body
                say(member="BindShortcuts", signature=call.signature, shortcuts=asked)
                if self.refuses:
                    return "ua{sv}", 1, {}
                told = {key: Variant("s", text) for key, text in asked[0][1].items() if key == "description"}
                told["trigger_description"] = Variant("s", "Ctrl+Alt+G")
                return "ua{sv}", 0, {"shortcuts": Variant("a(sa{sv})", [(asked[0][0], told)])}
            case _:
                return ("",)

    def activate(self) -> None:
        body = (self.session, "toggle", 1234, {})
        signal = Message(
            SIGNAL, next(self._serials), PATH, SHORTCUTS, "Activated", signature="osta{sv}", body=body
        )
        self._writer.write(encode(signal))


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


async def main() -> None:
    backend = await Backend.open()
    backend.refuses = "--refuse" in sys.argv
    await backend.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.RequestName", "su", NAME, 0)
    say(member="ready")
    while await asyncio.to_thread(sys.stdin.readline):
        backend.activate()
    await backend.close()


if __name__ == "__main__":
    asyncio.run(main())
