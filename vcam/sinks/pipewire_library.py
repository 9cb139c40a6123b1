"""The few parts of libpipewire-0.3 that a camera needs, by ctypes (pipewire/stream.h, core.h, thread-loop.h).

The library's name is its promise: this interface has stood since 2020 and is PipeWire 1's too. Structures
that the library makes are described up to the last field used here; those that it is handed, whole.
"""

import ctypes
from collections.abc import Mapping
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_int,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from types import SimpleNamespace
from typing import Any

NAME = "libpipewire-0.3.so.0"

ANY_NODE = 0xFFFFFFFF
OUTPUT = 1
MAP_BUFFERS, DRIVER, NO_CONVERT = 1 << 2, 1 << 3, 1 << 5
UNCONNECTED, CONNECTING, PAUSED, STREAMING = range(4)  # below 0: an error
REGISTRY_VERSION = 3
HEADER, BUSY = 1, 7

StateChanged = CFUNCTYPE(None, c_void_p, c_int, c_int, c_char_p)
BufferChanged = CFUNCTYPE(None, c_void_p, c_void_p)
GlobalRemoved = CFUNCTYPE(None, c_void_p, c_uint32)


class DictItem(Structure):
    """struct spa_dict_item."""

    _fields_ = (("key", c_char_p), ("value", c_char_p))


class Dict(Structure):
    """struct spa_dict."""

    _fields_ = (("flags", c_uint32), ("count", c_uint32), ("items", POINTER(DictItem)))


GlobalAdded = CFUNCTYPE(None, c_void_p, c_uint32, c_uint32, c_char_p, c_uint32, POINTER(Dict))


class Hook(Structure):
    """struct spa_hook: a listener's place in the library's list."""

    _fields_ = (("words", c_void_p * 6),)


class StreamEvents(Structure):
    """struct pw_stream_events, version 0 of it, whole: the library looks into every field of a version."""

    _fields_ = (
        ("version", c_uint32),
        ("destroy", c_void_p),
        ("state_changed", StateChanged),
        ("control_info", c_void_p),
        ("io_changed", c_void_p),
        ("param_changed", c_void_p),
        ("add_buffer", BufferChanged),
        ("remove_buffer", BufferChanged),
        ("process", c_void_p),
        ("drained", c_void_p),
    )


class RegistryEvents(Structure):
    """struct pw_registry_events."""

    _fields_ = (("version", c_uint32), ("added", GlobalAdded), ("removed", GlobalRemoved))


class Interface(Structure):
    """struct spa_interface: what every object begins with; its methods are called on ``data``."""

    _fields_ = (("type", c_char_p), ("version", c_uint32), ("methods", c_void_p), ("data", c_void_p))


class CoreMethods(Structure):
    """struct pw_core_methods."""

    _fields_ = (
        ("version", c_uint32),
        ("others", c_void_p * 5),
        ("get_registry", CFUNCTYPE(c_void_p, c_void_p, c_uint32, c_size_t)),
    )


class RegistryMethods(Structure):
    """struct pw_registry_methods."""

    _fields_ = (
        ("version", c_uint32),
        ("add_listener", CFUNCTYPE(c_int, c_void_p, POINTER(Hook), POINTER(RegistryEvents), c_void_p)),
    )


class Chunk(Structure):
    """struct spa_chunk: which part of a block the picture takes."""

    _fields_ = (("offset", c_uint32), ("size", c_uint32), ("stride", c_int), ("flags", c_int))


class Data(Structure):
    """struct spa_data: a block of memory that the readers see too."""

    _fields_ = (
        ("type", c_uint32),
        ("flags", c_uint32),
        ("descriptor", c_int64),
        ("map_offset", c_uint32),
        ("max_size", c_uint32),
        ("memory", c_void_p),
        ("chunk", POINTER(Chunk)),
    )


class Header(Structure):
    """struct spa_meta_header: a picture's time, ns of the monotonic clock, and number."""

    _fields_ = (
        ("flags", c_uint32),
        ("offset", c_uint32),
        ("time_ns", c_int64),
        ("decoding_offset_ns", c_int64),
        ("number", c_uint64),
    )


class Busy(Structure):
    """struct spa_meta_busy: how many programs have the picture in their hands."""

    _fields_ = (("flags", c_uint32), ("count", c_uint32))


class Meta(Structure):
    """struct spa_meta: what stands beside a picture."""

    _fields_ = (("type", c_uint32), ("size", c_uint32), ("data", c_void_p))


class SpaBuffer(Structure):
    """struct spa_buffer."""

    _fields_ = (
        ("meta_count", c_uint32),
        ("data_count", c_uint32),
        ("metas", POINTER(Meta)),
        ("datas", POINTER(Data)),
    )


class Buffer(Structure):
    """struct pw_buffer."""

    _fields_ = (("buffer", POINTER(SpaBuffer)),)


_SIGNATURES: Mapping[str, tuple[Any, list[Any]]] = {
    "pw_init": (None, [c_void_p, c_void_p]),
    "pw_properties_new_string": (c_void_p, [c_char_p]),
    "pw_thread_loop_new": (c_void_p, [c_char_p, c_void_p]),
    "pw_thread_loop_get_loop": (c_void_p, [c_void_p]),
    "pw_thread_loop_start": (c_int, [c_void_p]),
    "pw_thread_loop_stop": (None, [c_void_p]),
    "pw_thread_loop_lock": (None, [c_void_p]),
    "pw_thread_loop_unlock": (None, [c_void_p]),
    "pw_thread_loop_destroy": (None, [c_void_p]),
    "pw_context_new": (c_void_p, [c_void_p, c_void_p, c_size_t]),
    "pw_context_connect": (c_void_p, [c_void_p, c_void_p, c_size_t]),
    "pw_context_destroy": (None, [c_void_p]),
    "pw_stream_new": (c_void_p, [c_void_p, c_char_p, c_void_p]),
    "pw_stream_add_listener": (None, [c_void_p, POINTER(Hook), POINTER(StreamEvents), c_void_p]),
    "pw_stream_connect": (c_int, [c_void_p, c_int, c_uint32, c_int, POINTER(c_char_p), c_uint32]),
    "pw_stream_get_node_id": (c_uint32, [c_void_p]),
    "pw_stream_dequeue_buffer": (POINTER(Buffer), [c_void_p]),
    "pw_stream_queue_buffer": (c_int, [c_void_p, POINTER(Buffer)]),
    "pw_stream_trigger_process": (c_int, [c_void_p]),
    "pw_stream_destroy": (None, [c_void_p]),
}


def load() -> Any:
    """The functions used here, with their types, as attributes; any number of times.

    Raises:
        OSError: it is not installed.
        AttributeError: it is old and lacks a function.

    """
    library = ctypes.CDLL(NAME, use_errno=True)
    functions = SimpleNamespace()  # of the library itself any name can be had, with types that are wrong
    for function_name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, function_name)
        function.restype, function.argtypes = result, arguments
        setattr(functions, function_name, function)
    functions.pw_init(None, None)
    return functions


def core_methods(core: int) -> tuple[CoreMethods, int]:
    """The methods of a connection, and what to call them on."""
    interface = Interface.from_address(core)
    return CoreMethods.from_address(interface.methods), interface.data


def registry_methods(registry: int) -> tuple[RegistryMethods, int]:
    """The methods of a registry, and what to call them on."""
    interface = Interface.from_address(registry)
    return RegistryMethods.from_address(interface.methods), interface.data


def beside(buffer: int, kind: int) -> int | None:
    """Where the metadata of a ``kind`` stands that belongs to a ``Buffer``; None where it was not agreed."""
    found = Buffer.from_address(buffer).buffer.contents
    metas = (found.metas[index] for index in range(found.meta_count))
    return next((meta.data for meta in metas if meta.type == kind), None)


def texts(properties: Any) -> dict[str, str]:
    """What a pointer to a ``Dict`` points to."""
    if not properties:
        return {}
    found = properties.contents
    pairs = ((found.items[index].key, found.items[index].value) for index in range(found.count))
    return {key.decode(errors="replace"): (value or b"").decode(errors="replace") for key, value in pairs}
