"""A command and its answer over one connection, each with a proof that its sender holds the key.

    answering side -> challenge
    asking side    -> HMAC-SHA256(key, challenge, nonce, command), nonce, command
    answering side -> HMAC-SHA256(key, nonce, outcome, text), outcome, text

Bytes only, never pickles, and no wait without a limit: ``multiprocessing``'s own handshake has none.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LONGEST = 65536
"""Bytes of a message; a longer one is refused."""
_LENGTH = 32
_DONE, _REFUSED = b"+", b"-"


class NotProven(Exception):
    """The other side does not hold the key, or breaks the protocol."""


class HungUp(Exception):
    """The connection broke after the command was sent, so that nobody knows whether it was carried out."""


class Refused(Exception):
    """The answering side did not carry the command out; the text says why."""


def ask_over(line: "Connection[Any, Any]", key: bytes, command: str) -> str:
    """Send a command and return its answer; blocks until that comes.

    Raises:
        Refused: with the reason of the answering side.
        NotProven: somebody else answers.
        HungUp: the connection broke after the command was sent.
        OSError, EOFError: it broke before.

    """
    challenge, nonce, words = line.recv_bytes(LONGEST), secrets.token_bytes(_LENGTH), command.encode()
    try:
        line.send_bytes(_proof(key, challenge, nonce, words) + nonce + words)
        reply = line.recv_bytes(LONGEST)
    except (OSError, EOFError) as error:
        raise HungUp from error
    proof, outcome, text = reply[:_LENGTH], reply[_LENGTH : _LENGTH + 1], reply[_LENGTH + 1 :]
    if not hmac.compare_digest(proof, _proof(key, nonce, outcome, text)):
        raise NotProven
    if outcome != _DONE:
        raise Refused(text.decode())
    return text.decode()


def answer_over(
    line: "Connection[Any, Any]", key: bytes, answer: Callable[[str], str], timeout_s: float
) -> None:
    """Take one command and send its answer; a ``Refused`` from ``answer`` travels back as such.

    Raises:
        NotProven: the other side does not know the key, or says nothing for ``timeout_s``.
        OSError, EOFError: the connection broke.

    """
    challenge = secrets.token_bytes(_LENGTH)
    line.send_bytes(challenge)
    if not line.poll(timeout_s):
        raise NotProven
    message = line.recv_bytes(LONGEST)
    proof, nonce, words = message[:_LENGTH], message[_LENGTH : 2 * _LENGTH], message[2 * _LENGTH :]
    if not hmac.compare_digest(proof, _proof(key, challenge, nonce, words)):
        raise NotProven
    try:
        outcome, text = _DONE, answer(words.decode()).encode()
    except Refused as error:
        outcome, text = _REFUSED, str(error).encode()
    line.send_bytes(_proof(key, nonce, outcome, text) + outcome + text)


def _proof(key: bytes, *parts: bytes) -> bytes:
    # each part with its length, so that no two lists of parts are the same bytes
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key, message, "sha256")
