"""Sound from a file of any kind that FFmpeg knows, by PyAV."""

import os
import struct
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import av
import numpy as np

from mien.engine.missing import check_file

CHUNKS = {b"RIFF": (12, "<4sI", 2, 0), b"caff": (8, ">4sQ", 1, 0), b"riff": (40, "<4s12xQ", 8, 24)}
"""Files of chunks (WAV, CAF, W64): where the first is, its name and length, to what this is rounded, what it counts."""

STREAMED = 2**31 - 2**16
"""Bytes from which on a chunk's length is none: of who writes into a pipe and cannot know it."""

PAGE = 27 + 255 + 255 * 255
"""Bytes of the longest page of an Ogg file: its head, the lengths of its segments, and these (RFC 3533)."""

GUESSED = {"mp3", "aac"}
"""Kinds whose length FFmpeg guesses from the first frames; an MP3 that has a header of its own begins after 0."""

TAGS = {b"ID3", b"TAG", b"APE"}
"""How a title begins, which is no sound, where MP3 files are joined."""

SLACK = 0.1
"""Seconds that a recording may lack at its end, or a hundredth: a codec's last frame."""


@dataclass
class _Heard:
    """What is decoded: (channel, sample) int16 blocks, samples a second, the second at the end, and what is wrong."""

    rate: int
    blocks: list[np.ndarray] = field(default_factory=list)
    seconds: float = 0.0
    unknown: int = 0
    damage: list[av.FFmpegError] = field(default_factory=list)


def read(path: Path) -> tuple[np.ndarray, int]:
    """The sound of a recording or a video, in one channel.

    Args:
        path: a file; no other that it names is opened, nor an address.

    Returns:
        (sample,) int16, where what is louder than full scale, as floats may be, is cut off; and samples a second.

    Raises:
        FileNotFoundError: the file is not there.
        ValueError: it holds no sound that can be read.

    Warns:
        UserWarning: the file breaks off, parts of it are damaged, or samples are no numbers.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            goes_on, breaks_off = _lengths(file)
            with _opened(file, goes_on) as container:
                heard, said = _decoded(container), _said(container)
    except (av.FFmpegError, ValueError) as error:
        raise ValueError(
            f"{path} holds no sound that can be read ({getattr(error, 'strerror', None) or error}): expected a "
            "recording that FFmpeg knows, e.g. WAV, FLAC, MP3, M4A, Ogg or WebM"
        ) from None
    if breaks_off or heard.seconds + max(SLACK, said / 100) < said:
        warnings.warn(f"{path} breaks off: it is shorter than it says", stacklevel=2)
    elif heard.damage:
        warnings.warn(f"{path}: parts of it are damaged, and left out", stacklevel=2)
    if heard.unknown:
        warnings.warn(f"{path}: {heard.unknown:,} samples are no numbers, and taken for silence", stacklevel=2)
    return _mono(heard.blocks), heard.rate


def level(samples: np.ndarray) -> np.ndarray:
    """(..., sample) -> (...): root mean square; einsum, as squares of an hour in float64 would take gigabytes."""
    return np.sqrt(np.einsum("...s,...s->...", samples, samples, dtype=float) / max(1, samples.shape[-1]))


def _opened(file: BinaryIO, goes_on: bool) -> av.container.InputContainer:
    """A container without its file's name, which FFmpeg might take for a kind, a pattern or an address."""

    def seek(offset: int, whence: int = os.SEEK_SET) -> int:
        with suppress(OSError):  # of a place that cannot be, as damaged files name; PyAV would print it
            return file.seek(offset, whence)
        return -1

    unnamed = SimpleNamespace(read=file.read, seek=seek, tell=file.tell)
    options = {"protocol_whitelist": "none", "ignore_length": str(int(goes_on))}
    return av.open(unnamed, options=options, metadata_errors="replace")


def _decoded(container: av.container.InputContainer) -> _Heard:
    """The sound of the best stream; what changes on the way becomes what it was at the beginning."""
    if not (stream := container.streams.best("audio")) or not stream.codec_context:
        raise ValueError("it has no sound, or none that can be decoded")
    heard, kind = _Heard(stream.rate), None
    for frame in _frames(container, stream, heard.damage):
        if (found := (frame.format.name, frame.layout.name, frame.rate)) != kind:
            if kind is None:
                layout, heard.rate = frame.layout.name, frame.rate
            kind = found
            resampler = av.AudioResampler("dbl", layout, heard.rate)  # "dblp" of 8 channels crashes PyAV 18
        heard.seconds = max(heard.seconds, frame.time or 0) + frame.samples / frame.rate
        for block in resampler.resample(frame):
            _take(block.to_ndarray().reshape(-1, block.layout.nb_channels).T, heard)
    if heard.damage and not heard.blocks:
        raise heard.damage[-1]
    return heard


def _frames(container: av.container.InputContainer, stream: av.AudioStream, damage: list) -> Iterator[av.AudioFrame]:
    """What can be decoded; the errors of what cannot are added to `damage`."""
    try:
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except av.FFmpegError as error:
                if bytes(packet)[:3] not in TAGS:
                    damage.append(error)
    except av.FFmpegError as error:  # of the container: nothing follows
        damage.append(error)


def _take(samples: np.ndarray, heard: _Heard) -> None:
    """Add (channel, sample) float64, where full scale is 1."""
    wrong = ~np.isfinite(samples)
    heard.unknown += np.count_nonzero(wrong)
    heard.blocks.append(np.clip(32768 * np.where(wrong, 0, samples), -32768, 32767).astype(np.int16))


def _mono(blocks: list[np.ndarray]) -> np.ndarray:
    """(sample,): the mean, or the loudest channel where the mean has less than half its level."""
    if not blocks:
        return np.zeros(0, np.int16)
    mean = np.concatenate([block.mean(axis=0).astype(np.int16) for block in blocks])
    levels = np.sqrt(sum(level(block) ** 2 * block.shape[1] for block in blocks) / len(mean))
    if level(mean) >= levels.max() / 2:
        return mean
    return np.concatenate([block[levels.argmax()] for block in blocks])


def _said(container: av.container.InputContainer) -> float:
    """Seconds that it says it lasts; 0 where it does not say."""
    stream = container.streams.best("audio")
    if container.format.name in GUESSED and not stream.start_time:
        return 0.0
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base if len(container.streams) == 1 else 0.0


def _lengths(file: BinaryIO) -> tuple[bool, bool]:
    """What FFmpeg does not tell: whether sound goes on after its chunk, and whether the file ends before."""
    kind, size = file.read(4), file.seek(0, os.SEEK_END)
    found = _chunked(file, *CHUNKS[kind], size) if kind in CHUNKS else (False, kind == b"OggS" and _torn(file, size))
    file.seek(0)
    return found


def _chunked(file: BinaryIO, first: int, head: str, even: int, more: int, size: int) -> tuple[bool, bool]:
    """Of a file of chunks, see `_lengths`: where a chunk's length is true, another's name follows, or the file ends."""
    file.seek(first)
    while len(begun := file.read(struct.calcsize(head))) == struct.calcsize(head):
        name, length = struct.unpack(head, begun)
        if not (name.isascii() and name.decode().isprintable()):
            return True, False
        if (length := length - more) > size - file.tell():
            return False, name == b"data" and length < STREAMED
        file.seek(max(0, length) + -length % even, os.SEEK_CUR)
    return False, False


def _torn(file: BinaryIO, size: int) -> bool:
    """Whether an Ogg file ends elsewhere than its last page."""
    file.seek(max(0, size - PAGE))
    page = (end := file.read())[end.rfind(b"OggS") :]
    return len(page) < 27 or len(page) != 27 + page[26] + sum(page[27 : 27 + page[26]])
