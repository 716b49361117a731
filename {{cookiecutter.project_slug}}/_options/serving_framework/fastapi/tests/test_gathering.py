"""Answers are sent in one piece, and in order."""

import asyncio
from unittest.mock import Mock, call

from {{ cookiecutter.package_name }}.serving.gathering import GatheringTransport


def test_what_is_written_in_one_turn_of_the_loop_is_sent_in_one_piece() -> None:
    inner = Mock(spec=asyncio.Transport)

    async def write() -> None:
        transport = GatheringTransport(inner, asyncio.get_running_loop())
        transport.write(b"head")
        transport.write(b"body")
        inner.write.assert_not_called()
        await asyncio.sleep(0)
        transport.write(b"next")
        await asyncio.sleep(0)

    asyncio.run(write())
    assert inner.mock_calls == [call.write(b"headbody"), call.write(b"next")]


def test_what_is_written_before_closing_is_sent_before_it() -> None:
    inner = Mock(spec=asyncio.Transport)

    async def write_and_close() -> None:
        transport = GatheringTransport(inner, asyncio.get_running_loop())
        transport.write(b"last")
        transport.close()
        await asyncio.sleep(0)

    asyncio.run(write_and_close())
    assert inner.mock_calls == [call.write(b"last"), call.close()]


def test_all_else_is_the_transport_s() -> None:
    inner = Mock(spec=asyncio.Transport)
    transport = GatheringTransport(inner, Mock(spec=asyncio.AbstractEventLoop))
    transport.pause_reading()
    assert transport.get_extra_info("peername") is inner.get_extra_info.return_value
    inner.pause_reading.assert_called_once_with()
