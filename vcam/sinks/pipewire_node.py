"""A camera in PipeWire's graph: one connection to the daemon, one stream, and what becomes of them."""

import json
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from ctypes import byref, c_char_p, get_errno
from fractions import Fraction
from typing import Any

from vcam.errors import SinkError, SinkUnavailable
from vcam.sinks import pipewire_library as pw
from vcam.sinks import pipewire_problem as problem
from vcam.sinks.pipewire_buffers import Buffers
from vcam.sinks.pipewire_graph import Graph
from vcam.sinks.pipewire_pod import header_meta, yuy2_buffers, yuy2_format
from vcam.types import Image

_START_S = 3.0
_BUFFERS = (4, 2, 8)
"""Best, lowest and highest number of pictures on their way to the readers."""


class CameraNode:
    """The node ``name``, for pictures of one size; other programs list it as long as this object lives.

    PipeWire drops the node with the connection, so it outlives no process, however that ends. ``offer``
    and ``close`` belong to one thread.
    """

    def __init__(self, name: str, size: tuple[int, int], rate: Fraction) -> None:
        """Connect to the user's daemon and wait until it has the node; ``size`` is (width, height), even.

        Raises:
            SinkUnavailable: PipeWire is not there, too old, does not run, or refuses; each with what to do.

        """
        self.graph = Graph()
        self._size = size
        self._state, self._reason = pw.CONNECTING, ""
        self._stated = threading.Condition()
        self._buffers = Buffers()
        # the library keeps pointers to all of these
        self._hooks = pw.Hook(), pw.Hook()
        self._registry_events = pw.RegistryEvents(
            added=pw.GlobalAdded(self._on_added), removed=pw.GlobalRemoved(self._on_removed)
        )
        self._stream_events = pw.StreamEvents(
            state_changed=pw.StateChanged(self._on_state),
            add_buffer=pw.BufferChanged(self._buffers.added),
            remove_buffer=pw.BufferChanged(self._buffers.removed),
        )
        self._pw = problem.load_library()
        self._loop = self._pw.pw_thread_loop_new(b"gazecam", None)
        self._context: int | None = None
        self._stream: int | None = None
        try:
            self._open(name, rate)
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether PipeWire has the node."""
        return self._state > pw.UNCONNECTED

    @property
    def watched(self) -> bool:
        """Whether some program takes the pictures now."""
        return self._state == pw.STREAMING

    def check(self) -> None:
        """Make sure that the node is there.

        Raises:
            SinkError: PipeWire has ended, or has dropped the node, or it was closed.

        """
        if not self._loop:
            raise SinkError("PipeWire camera: it is closed")
        if not self.alive:
            raise SinkError(
                f"PipeWire camera: {self._reason or 'the daemon dropped it'};"
                " is PipeWire running? systemctl --user status pipewire wireplumber"
            )

    def offer(self, picture: Image) -> bool:
        """Hand a (H, W, 2) YUY2 picture to the readers; False where they have left no room for it.

        It waits for nobody. Readers have the same few buffers; one that hangs, or was killed, with all of
        them in its hands would leave the others none, so that after a while they are taken from it.

        Raises:
            SinkError: as ``check``.

        """
        with self._locked():
            buffer = self._pw.pw_stream_dequeue_buffer(self._stream)
            if buffer:
                self._buffers.fill(buffer, picture)
                self._pw.pw_stream_queue_buffer(self._stream, buffer)
            else:
                self._buffers.starve()
            # also without a picture: a round that some reader never ends is given up for the next one
            self._pw.pw_stream_trigger_process(self._stream)
            return bool(buffer)

    def close(self) -> None:
        """Take the node away and end the connection; safe to call twice."""
        if not self._loop:
            return
        self._pw.pw_thread_loop_stop(self._loop)  # first, so that nothing else touches what goes
        if self._stream:
            self._pw.pw_stream_destroy(self._stream)
        if self._context:
            self._pw.pw_context_destroy(self._context)
        self._pw.pw_thread_loop_destroy(self._loop)
        self._loop = self._context = self._stream = None
        self._state = pw.UNCONNECTED
        self.graph.lost()

    def _open(self, name: str, rate: Fraction) -> None:
        if not self._loop:
            raise SinkUnavailable(problem.refused(os.strerror(get_errno())))
        self._context = self._pw.pw_context_new(self._pw.pw_thread_loop_get_loop(self._loop), None, 0)
        if not self._context:
            raise SinkUnavailable(problem.unconfigured())
        core = self._pw.pw_context_connect(self._context, None, 0)
        if not core:
            raise SinkUnavailable(problem.not_running(os.strerror(get_errno())))
        self._listen(core)
        self._join(core, name, rate)
        self._pw.pw_thread_loop_start(self._loop)
        with self._stated:
            self._stated.wait_for(lambda: self._state != pw.CONNECTING, _START_S)
        if self._state < pw.PAUSED:
            raise SinkUnavailable(problem.refused(self._reason or "no answer"))
        self.graph.follow(self._pw.pw_stream_get_node_id(self._stream))
        if not self.graph.await_manager(_START_S):
            raise SinkUnavailable(problem.no_manager())

    def _listen(self, core: int) -> None:
        """Ask for news of all that comes into the graph and goes."""
        of_core, core_data = pw.core_methods(core)
        of_registry, data = pw.registry_methods(of_core.get_registry(core_data, pw.REGISTRY_VERSION, 0))
        of_registry.add_listener(data, byref(self._hooks[0]), byref(self._registry_events), None)

    def _join(self, core: int, name: str, rate: Fraction) -> None:
        """Ask for the node."""
        properties = {
            "media.class": "Video/Source",
            "media.role": "Camera",
            "node.name": name.lower(),
            "node.description": name,
            "node.nick": name,
        }
        described = self._pw.pw_properties_new_string(json.dumps(properties).encode())
        self._stream = self._pw.pw_stream_new(core, name.encode(), described)
        self._pw.pw_stream_add_listener(self._stream, byref(self._hooks[1]), byref(self._stream_events), None)
        pods = yuy2_format(self._size, rate), yuy2_buffers(self._size, _BUFFERS), header_meta()
        parameters = (c_char_p * len(pods))(*pods)
        # PipeWire 1 would convert for readers that want another format, by way of another copy for all
        flags = pw.DRIVER | pw.MAP_BUFFERS | pw.NO_CONVERT
        refused = self._pw.pw_stream_connect(
            self._stream, pw.OUTPUT, pw.ANY_NODE, flags, parameters, len(pods)
        )
        if refused < 0:
            raise SinkUnavailable(problem.refused(os.strerror(-refused)))

    @contextmanager
    def _locked(self) -> Generator[None]:
        self.check()
        self._pw.pw_thread_loop_lock(self._loop)
        try:
            self.check()
            yield
        finally:
            self._pw.pw_thread_loop_unlock(self._loop)

    # these are called on the library's thread

    def _on_state(self, _data: Any, _old: int, state: int, reason: bytes | None) -> None:
        with self._stated:
            self._state, self._reason = state, (reason or b"").decode(errors="replace")
            self._stated.notify_all()
        if not self.alive:
            self.graph.lost()

    def _on_added(
        self, _data: Any, number: int, _rights: int, kind: bytes, _version: int, properties: Any
    ) -> None:
        self.graph.added(number, kind.decode(errors="replace"), pw.texts(properties))

    def _on_removed(self, _data: Any, number: int) -> None:
        self.graph.removed(number)
