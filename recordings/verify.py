#!/usr/bin/env python3
"""Checks the bundle of a consultation, on any machine, without a network: python3 verify.py BUNDLE

Needs Python 3.9 and `cryptography` 42 or later, and nothing of the program that made the bundle: it reads the formats
of docs/journal.md and docs/archive.md, RFC 6962, RFC 3161 and C2SP's texts on its own. It only reads. Four answers:

    integrity    every byte is what was sealed, and the seal stands in the log of the node that we trust
    completeness nothing that was sealed is missing; what the recording itself lacks is said
    witnessed    until when a partner's witness vouches that the log only grew
    timestamped  until when a time stamp authority vouches that the log stood as it stands

Exit: 0 all four · 1 changed · 2 called wrongly · 3 something is missing · 4 not witnessed · 5 not time-stamped ·
6 not a bundle, or one made to harm · 7 wrong key · 8 unchanged as far as can be seen, but nobody we trust says so
"""
# One file by purpose, its words in two languages included: whoever doubts the archive reads this and nothing else.

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import io
import json
import os
import re
import stat
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, BinaryIO, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

MANIFEST, EXPORT, SEALED, EXPORTED = "manifest.json", "export.json", "proof/sealed", "proof/export"
MIB = 1024 * 1024
MAX_JSON = 16 * MIB  # a day of ten-second segments has a manifest of 6 MiB
MAX_TEXT = MIB  # a proof, a checkpoint, a stamp, a key
MAX_FILES = 100_000
MAX_DIRECTORY = 64 * MIB  # a ZIP's central directory, before anything of it is read into memory
MAX_RATIO = 200  # what unpacks to more than this many times its size is no recording
MAX_SCANNED = 64 * MIB  # a damaged file up to this size is searched record by record
NAME = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|\Z))[A-Za-z0-9._-]{1,128}(?:/[A-Za-z0-9._-]{1,128}){0,7}\Z")
HASH = re.compile(r"[0-9a-f]{64}\Z")
NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
MAGIC = b"SEFAWREC\x01\0\0\0"
MAX_RECORD = MIB
OF_EVENTS = ("consent", "access", "opened", "opinion")  # leaves about an event of the consultation's log
LET_GO = "let-go.json"  # names of sealed files that are not here, as whoever made the bundle says
WISHED = ("private", "asked", "other")  # gaps that people decided on

# ---- words ----------------------------------------------------------------------------------------------------------

WORDS = {
    "integrity": ("Integrity", "完整无改"),
    "completeness": ("Completeness", "无缺失"),
    "witnessed": ("Witnessed until", "见证至"),
    "timestamped": ("Time-stamped until", "时间戳至"),
    "yes": ("yes", "是"),
    "partly": ("partly", "部分"),
    "no": ("NO", "否"),
    "unknown": ("not known", "未知"),
    "checked": ("checked", "已检查"),
    "unchecked": ("not checked", "未检查"),
    "problem": ("problem", "问题"),
    "said": ("said by the recording", "录制自述"),
    "files_right": (
        "{count} files, {size} bytes: each is what was sealed",
        "{count} 个文件、{size} 字节：均与封存时一致",
    ),
    "sealed_in_log": (
        "the seal is leaf {index} of the log “{origin}” ({size} leaves), signed by its key",
        "封存记录是日志“{origin}”的第 {index} 条（共 {size} 条），由其密钥签名",
    ),
    "export_in_log": ("the list of this export is leaf {index} of that log", "本次导出清单是该日志的第 {index} 条"),
    "leaf_in_log": ("{file}: “{kind}” is leaf {index} of the log", "{file}：“{kind}”是日志的第 {index} 条"),
    "leaf_of_event": (
        "{file}: “{kind}” is leaf {index} of the log, about an event of this consultation as its log has it",
        "{file}：“{kind}”是日志的第 {index} 条，所指事件与会诊日志一致",
    ),
    "leaf_of_none": (
        "{file}: about no event that the consultation's log has as it is now",
        "{file}：在会诊日志现有事件中没有对应项",
    ),
    "own_key": (
        "the log's key is the bundle's own: it shows that the parts fit together, not who made them; give --log-key",
        "日志公钥来自包内：只能说明各部分相互一致，不能说明由谁制作；请用 --log-key 给出可信公钥",
    ),
    "no_proof": ("no proof that the seal is in a log", "没有封存记录已入日志的证明"),
    "no_log_key": ("no key of the log: give --log-key", "没有日志公钥：请用 --log-key 给出"),
    "not_listed": ("not in any list, so nothing is said about it: {file}", "不在任何清单中，不作判断：{file}"),
    "not_in_log": (
        "only listed, not in the log: {count} files of {file}",
        "仅在清单 {file} 中、未入日志：{count} 个文件",
    ),
    "grown": ("{file} is {size} bytes longer than when it was sealed", "{file} 比封存时多 {size} 字节"),
    "no_key": (
        "what is inside the encrypted files: give the data key with --key",
        "加密文件的内容：请用 --key 给出数据密钥",
    ),
    "decrypted": (
        "{count} encrypted records opened with the key, all genuine",
        "用密钥打开 {count} 条加密记录，全部真实",
    ),
    "events": ("{count} events, numbered without a gap", "{count} 个事件，编号连续"),
    "changed": ("{file} was changed{where}", "{file} 被改动{where}"),
    "where": (" between bytes {offset} and {end}", "，位于第 {offset} 至 {end} 字节之间"),
    "resummed": (
        " by somebody who made its checksums anew{where}",
        "，且改动者重新计算了校验和{where}",
    ),
    "other_consultation": ("{file} belongs to another consultation", "{file} 属于另一次会诊"),
    "cut": ("{file} ends {size} bytes too early, at byte {offset}", "{file} 在第 {offset} 字节处截断，少 {size} 字节"),
    "longer": ("{file} is {size} bytes too long", "{file} 多出 {size} 字节"),
    "unreadable": ("{file} cannot be read to its end", "{file} 无法完整读取"),
    "no_manifest_text": ("{file} is not a manifest that can be read ({why})", "{file} 不是可读的清单（{why}）"),
    "seal_of_another": ("{file} is not what was sealed: the log has another", "{file} 与日志中封存的不同"),
    "proof_bad": ("{file}: {why}", "{file}：{why}"),
    "stamp_bad": ("{file}: {why}", "{file}：{why}"),
    "log_short": ("the log holds {have} records, {want} were sealed", "日志有 {have} 条记录，封存时为 {want} 条"),
    "log_head": ("the log does not end as it was sealed", "日志结尾与封存时不同"),
    "log_seq": ("event {seq} of the log is not there", "日志缺少第 {seq} 个事件"),
    "box_bad": (
        "{file}: record {record} is not what was written with this key",
        "{file}：第 {record} 条记录不是用此密钥写入的",
    ),
    "box_shape": ("{file}: record {record} is not as the format says", "{file}：第 {record} 条记录不符合格式"),
    "wrong_key": ("the key is not that of this consultation; nothing was opened", "密钥不是这次会诊的；未打开任何内容"),
    "missing": ("missing: {file}", "缺少：{file}"),
    "let_go": (
        "of {of} missing files, {count} were removed after the time that they are kept, says whoever made the bundle",
        "缺少的 {of} 个文件中，导出者称有 {count} 个因保存期满而删除",
    ),
    "all_there": ("all {count} files that were sealed are there", "封存的 {count} 个文件都在"),
    "segments": ("media segments {first} to {last}, no number missing", "媒体分段 {first} 至 {last}，编号无缺"),
    "no_segments": ("no media was recorded", "没有录制媒体"),
    "segment_gap": (
        "segment {number} was not sealed: the disk refused it, or it was removed before",
        "分段 {number} 未被封存：写盘失败，或此前已被移除",
    ),
    "log_whole": ("the log has its {count} records", "日志的 {count} 条记录齐全"),
    "counts": (
        "{packets} packets written, {lost} never came, {dropped} came and were left out; {damaged} s of pictures lost",
        "写入 {packets} 个包，{lost} 个未到达，{dropped} 个到达但未写入，画面损坏 {damaged} 秒",
    ),
    "gap": ("nothing recorded from {t_from} s to {t_to} s: {reason}", "{t_from} 秒至 {t_to} 秒未录制：{reason}"),
    "damaged": (
        "{file} was damaged at byte {offset} before it was sealed: {reason}",
        "{file} 在封存前已在第 {offset} 字节处损坏：{reason}",
    ),
    "witness_said": (
        "“{name}” signed a log of {size} leaves that holds the seal",
        "“{name}”为包含该封存的 {size} 条日志签名",
    ),
    "witness_unknown": (
        "signed by “{name}”, whose key was not given: give --witness",
        "有“{name}”的签名，但未给出其公钥：请用 --witness",
    ),
    "no_witness": ("no witness signed", "没有见证方签名"),
    "stamp_said": (
        "“{name}” stamped the log of {size} leaves that holds the seal",
        "“{name}”为包含该封存的 {size} 条日志盖时间戳",
    ),
    "stamp_no_root": (
        "there is a stamp; its authority's root certificate was not given: give --tsa-root",
        "有时间戳，但未给出其机构根证书：请用 --tsa-root",
    ),
    "no_stamp": ("there is no time stamp", "没有时间戳"),
    "pinned_same": (
        "the log continues the checkpoint that you keep ({size} leaves)",
        "日志延续了您保存的检查点（{size} 条）",
    ),
    "pinned_unproved": (
        "whether the log continues the checkpoint that you keep ({size} leaves): give --tlog, a copy of its tiles",
        "日志是否延续您保存的检查点（{size} 条）：请用 --tlog 给出其瓦片副本",
    ),
    "pinned_fork": (
        "the log contradicts the checkpoint that you keep ({size} leaves): two histories",
        "日志与您保存的检查点（{size} 条）矛盾：出现两个历史",
    ),
    "rolled_back": (
        "the log was rolled back: it has {have} leaves, {size} were signed before",
        "日志被回退：现有 {have} 条，此前签名的有 {size} 条",
    ),
    "not_consultation": ("this is consultation {have}, not {want}", "这是会诊 {have}，不是 {want}"),
    "hostile": ("refused: {why}", "拒绝：{why}"),
    "why_link": ("{file} is a link or no ordinary file", "{file} 是链接或不是普通文件"),
    "why_name": ("a name that leads elsewhere", "文件名指向别处"),
    "why_twice": ("{file} is there twice", "{file} 出现两次"),
    "why_bomb": ("{file} unpacks to far more than it holds", "{file} 解压后远大于其内容"),
    "why_locked": ("{file} is locked with a ZIP password", "{file} 有 ZIP 密码"),
    "why_many": ("more files than a bundle has", "文件过多"),
    "why_zip": ("not a ZIP file that can be read", "不是可读的 ZIP 文件"),
    "why_none": ("there is no {file}", "没有 {file}"),
    "why_open": ("it cannot be opened", "无法打开"),
    "why_big": ("{file} is larger than it can be", "{file} 过大"),
    "why_json": ("no JSON as it is written here", "不是本格式的 JSON"),
    "why_field": ("“{field}” is not what it must be", "“{field}”不符合要求"),
    "why_text": ("not written as its specification says", "不符合其规范"),
    "why_unsigned": ("not signed by the log's key", "不是由日志密钥签名"),
    "why_signature": ("a signature of a known key is wrong", "已知密钥的签名不正确"),
    "why_inclusion": ("the leaf is not in the log", "该条不在日志中"),
    "why_leaf": ("it is about something else", "它所指的是别的内容"),
    "why_stamp": ("not a time stamp of this log ({part})", "不是这份日志的时间戳（{part}）"),
}


class Said(NamedTuple):
    """A sentence to come: which, and with what in it."""

    code: str
    facts: dict[str, Any]

    def text(self, lang: int) -> str:
        facts = {k: v.text(lang) if isinstance(v, Said) else plain(v) for k, v in self.facts.items()}
        return WORDS[self.code][lang].format(**facts)


def say(code: str, **facts: Any) -> Said:
    return Said(code, facts)


def plain(value: Any) -> Any:
    """What a bundle says, without what could play with a terminal."""
    return "".join(c if c.isprintable() else "?" for c in value[:200]) if isinstance(value, str) else value


class Refused(Exception):  # noqa: N818 - what happens to it
    """The bundle is none, or is made to harm: nothing more is read."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.why = say(code, **facts)


class Bad(Exception):  # noqa: N818
    """One part is not what it should be; the reason is a `Said`."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.why = say(code, **facts)


class WrongKey(Exception):  # noqa: N818
    """The data key opens nothing of this consultation."""


class Answer:
    """One of the four."""

    def __init__(self) -> None:
        self.answer = "unknown"
        self.until: int | None = None
        self.checked: list[Said] = []
        self.unchecked: list[Said] = []
        self.said: list[Said] = []
        self.problems: list[Said] = []

    def wrong(self, code: str, **facts: Any) -> None:
        self.answer = "no"
        self.problems.append(say(code, **facts))

    def lacks(self) -> None:
        """What is not there is told by the recording itself."""
        if self.answer == "yes":
            self.answer = "partly"


# ---- where the files are --------------------------------------------------------------------------------------------


class Folder:
    """A bundle as a folder. Links are never followed, in it or out of it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.sizes: dict[str, int] = {}
        for here, folders, files in os.walk(path):
            for name in folders + files:
                full = os.path.join(here, name)
                relative = os.path.relpath(full, path).replace(os.sep, "/")
                self._take(relative, os.lstat(full))
            if len(self.sizes) > MAX_FILES:
                raise Refused("why_many")

    def _take(self, name: str, found: os.stat_result) -> None:
        if stat.S_ISREG(found.st_mode):
            self.sizes[name] = found.st_size
        elif not stat.S_ISDIR(found.st_mode):
            raise Refused("why_link", file=name)

    def open(self, name: str) -> BinaryIO:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(os.path.join(self.path, *name.split("/")), flags), "rb")


class Zipped:
    """A bundle as a ZIP, never unpacked."""

    def __init__(self, path: str) -> None:
        self.sizes: dict[str, int] = {}
        with open(path, "rb") as file:
            refuse_large_directory(file)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
            raise Refused("why_zip") from None
        if len(self._zip.infolist()) > MAX_FILES:
            raise Refused("why_many")
        for one in self._zip.infolist():
            if not one.is_dir():
                self._take(one)
        if sum(self.sizes.values()) > MAX_RATIO * max(MIB, os.path.getsize(path)):
            raise Refused("why_bomb", file=os.path.basename(path))  # entries that share their bytes

    def _take(self, one: zipfile.ZipInfo) -> None:
        name, kind = one.filename, stat.S_IFMT(one.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise Refused("why_link", file=name)
        if one.flag_bits & 0x1:
            raise Refused("why_locked", file=name)
        if name in self.sizes:
            raise Refused("why_twice", file=name)
        if one.file_size > MIB and one.file_size > MAX_RATIO * max(1, one.compress_size):
            raise Refused("why_bomb", file=name)
        self.sizes[name] = one.file_size

    def open(self, name: str) -> BinaryIO:
        return self._zip.open(name)  # type: ignore[return-value]


Source = Any  # Folder or Zipped: `sizes`, `open`
READ_ERRORS = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)


def refuse_large_directory(file: BinaryIO) -> None:
    """zipfile reads the whole central directory into memory; look first how large it says it is."""
    end = file.seek(0, io.SEEK_END)
    file.seek(max(0, end - 65_557 - 20))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise Refused("why_zip")
    size = struct.unpack_from("<L", tail, at + 12)[0]
    locator = tail.rfind(b"PK\x06\x07", 0, at)
    if locator >= 0 and len(tail) >= locator + 16:
        file.seek(struct.unpack_from("<Q", tail, locator + 8)[0] & 0x7FFF_FFFF_FFFF_FFFF)
        record = file.read(56)
        if len(record) == 56:
            size = max(size if size != 0xFFFF_FFFF else 0, struct.unpack_from("<Q", record, 40)[0])
    if size > MAX_DIRECTORY:
        raise Refused("why_many")


def open_bundle(path: str) -> Source:
    try:
        source: Source = Folder(path) if os.path.isdir(path) and not os.path.islink(path) else Zipped(path)
    except OSError:
        raise Refused("why_open") from None
    for name in source.sizes:
        if not NAME.match(name):
            raise Refused("why_name")
    return source


def read_small(source: Source, name: str, limit: int) -> bytes:
    """A whole file. Raises `Bad`."""
    if source.sizes.get(name, 0) > limit:
        raise Bad("why_big", file=name)
    try:
        with source.open(name) as file:
            data: bytes = file.read(limit + 1)
    except READ_ERRORS:
        raise Bad("unreadable", file=name) from None
    if len(data) > limit:
        raise Bad("why_big", file=name)
    return data


# ---- lists ----------------------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    name: str
    kind: str
    size: int
    sha256: str
    blocks: list[str]


class Manifest(NamedTuple):
    consultation: str
    files: list[Entry]
    segments: list[tuple[int, str]]
    gaps: list[tuple[int, int, str]]
    counts: dict[str, int]
    log_records: int
    log_head: str
    damages: tuple[tuple[str, int, str], ...] = ()  # file, offset, reason: what could not be read when it was sealed

    def damaged_from(self, name: str) -> int | None:
        """Where the first of them is in this file."""
        return min((offset for file, offset, _ in self.damages if file == name.rpartition("/")[2]), default=None)


def parse_json(data: bytes) -> dict[str, Any]:
    """An object without doubled names, floats or endless numbers. Raises `Bad`."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("twice")
        return dict(pairs)

    def whole(text: str) -> int:
        if len(text) > 17:
            raise ValueError("too large")
        return int(text)

    def none(text: str) -> Any:
        raise ValueError(text[:20])

    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=unique, parse_int=whole, parse_float=none, parse_constant=none
        )
    except (ValueError, RecursionError):
        raise Bad("why_json") from None
    if not isinstance(value, dict):
        raise Bad("why_json")
    return value


def field(value: Any, name: str, kind: type, test: Callable[[Any], Any] = lambda _: True) -> Any:
    """A member of an object, of one type and shape. Raises `Bad`."""
    found = value.get(name) if isinstance(value, dict) else None
    if type(found) is not kind or not test(found):
        raise Bad("why_field", field=name)
    return found


def natural(value: Any, name: str) -> int:
    found: int = field(value, name, int, lambda n: n >= 0)
    return found


def parse_entries(value: dict[str, Any]) -> list[Entry]:
    entries = []
    for one in field(value, "files", list, lambda files: len(files) <= MAX_FILES):
        name = field(one, "name", str, NAME.match)
        blocks = field(one, "blocks", list, lambda all_: all(isinstance(b, str) and HASH.match(b) for b in all_))
        size = natural(one, "size")
        entries.append(Entry(name, field(one, "kind", str), size, field(one, "sha256", str, HASH.match), blocks))
    if len({entry.name for entry in entries}) != len(entries):
        raise Bad("why_field", field="files")
    return entries


def parse_manifest(data: bytes) -> Manifest:
    """Raises `Bad`."""
    value = parse_json(data)
    field(value, "version", int, lambda version: version == 1)
    segments = [(natural(s, "number"), field(s, "file", str)) for s in field(value, "segments", list)]
    gaps = [(natural(g, "t_from"), natural(g, "t_to"), field(g, "reason", str)) for g in field(value, "gaps", list)]
    counts = field(value, "counts", dict)
    damages = [
        (field(d, "file", str), natural(d, "offset"), field(d, "reason", str))
        for d in (field(value, "damages", list) if "damages" in value else [])
    ]
    log = field(value, "log", dict)
    return Manifest(
        consultation=field(value, "consultation", str),
        files=parse_entries(value),
        segments=segments,
        gaps=gaps,
        counts={name: natural(counts, name) for name in ("packets", "lost", "dropped", "damaged_us")},
        log_records=natural(log, "records"),
        log_head=field(log, "head", str, HASH.match),
        damages=tuple(damages),
    )


# ---- the bytes ------------------------------------------------------------------------------------------------------

CRC = []
for _n in range(256):
    for _ in range(8):
        _n = _n >> 1 ^ (0x82F6_3B78 if _n & 1 else 0)
    CRC.append(_n)


def crc32c(data: bytes) -> int:
    """CRC-32C. Slow, so it is asked only where a damage is looked for and of small files."""
    value = 0xFFFF_FFFF
    for byte in data:
        value = value >> 8 ^ CRC[(value ^ byte) & 0xFF]
    return value ^ 0xFFFF_FFFF


class Frames:
    """The records of a framed file: payloads with their offsets. `bad` says where reading had to stop, if it had."""

    def __init__(self, file: BinaryIO, *, check: bool, limit: int | None = None) -> None:
        self._file = file
        self._check = check
        self._left = limit
        self.bad: tuple[int, int] | None = None

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        at = len(MAGIC)
        if self._read(at) != MAGIC:
            self.bad = (0, at)
            return
        while True:
            head = self._read(8)
            if not head:
                return
            length, crc = struct.unpack("<II", head) if len(head) == 8 else (0, 0)
            payload = self._read(length) if 0 < length <= MAX_RECORD else b""
            end = at + 8 + len(payload)
            if len(payload) != length or not length or (self._check and crc32c(head[:4] + payload) != crc):
                self.bad = (at, end)
                return
            yield at, payload
            at = end

    def _read(self, size: int) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
            self._left -= size
        return self._file.read(size)


def hash_file(source: Source, entry: Entry) -> str:
    """SHA-256 of as much as was sealed. Raises what reading raises."""
    whole, left = hashlib.sha256(), entry.size
    with source.open(entry.name) as file:
        while left:
            block = file.read(min(MIB, left))
            if not block:
                break
            whole.update(block)
            left -= len(block)
        if not left and entry.kind != "log":
            file.read(1)  # a ZIP tells of its own checksum only at the end
    return whole.hexdigest()


def check_file(source: Source, entry: Entry, manifest: Manifest | None, integrity: Answer) -> bool:
    """Compare one file with its list; says where it was changed, as closely as can be told."""
    have = source.sizes[entry.name]
    before = len(integrity.problems)
    if have > entry.size and entry.kind != "log":
        integrity.wrong("longer", file=entry.name, size=have - entry.size)
    try:
        if have >= entry.size and hash_file(source, entry) == entry.sha256:
            return len(integrity.problems) == before
        if manifest and foreign(source, entry, manifest):
            integrity.wrong("other_consultation", file=entry.name)
        elif have < entry.size:
            integrity.wrong("cut", file=entry.name, size=entry.size - have, offset=have)
        else:
            integrity.problems.append(located(source, entry))
            integrity.answer = "no"
    except READ_ERRORS:
        integrity.wrong("unreadable", file=entry.name)
    return False


def foreign(source: Source, entry: Entry, manifest: Manifest) -> bool:
    """Whether the file says of itself that it is of another consultation."""
    with source.open(entry.name) as file:
        _, first = next(iter(Frames(file, check=True)), (0, b""))
    try:
        other = parse_json(first).get("consultation")
    except Bad:
        return False
    return isinstance(other, str) and other != manifest.consultation


def located(source: Source, entry: Entry) -> Said:
    spot = bad_block(source, entry)
    framed = False
    if entry.size <= MAX_SCANNED:
        with source.open(entry.name) as file:
            framed = file.read(len(MAGIC)) == MAGIC
        with source.open(entry.name) as file:
            frames = Frames(file, check=True, limit=entry.size)
            for _ in frames:
                pass
            if frames.bad and (framed or entry.kind in ("media", "log", "snapshots")):
                return say("changed", file=entry.name, where=where(*frames.bad))
    if spot is None and not framed and entry.kind == "track":
        spot = (0, entry.size)  # it does not even begin as one, so there are no records to look at
    code = say("resummed", where=where(*spot) if spot else "") if framed else (where(*spot) if spot else "")
    return say("changed", file=entry.name, where=code)


def where(offset: int, end: int) -> Said:
    return say("where", offset=offset, end=end)


def bad_block(source: Source, entry: Entry) -> tuple[int, int] | None:
    with source.open(entry.name) as file:
        for number, expected in enumerate(entry.blocks):
            block = file.read(min(MIB, entry.size - number * MIB))
            if hashlib.sha256(block).hexdigest() != expected:
                return number * MIB, number * MIB + len(block)
    return None


# ---- what the key opens ---------------------------------------------------------------------------------------------


class Boxes:
    """Opens the boxes of one file (docs/journal.md, "Keys")."""

    def __init__(self, key: bytes, use: str, first: bytes) -> None:
        self._key, self._use, self._first = key, use, first
        self.renew(first)

    def renew(self, text: bytes) -> None:
        """From here on by the salt in this JSON. Raises `Bad`."""
        salt = bytes.fromhex(field(parse_json(text), "salt", str, HASH.match))
        info = ("sefaw journal v1 " + self._use).encode()
        self._aead = AESGCM(HKDF(hashes.SHA256(), 32, salt, info).derive(self._key))
        self._aad = hashlib.sha256(self._first).digest()
        self._next = 0

    def open(self, box: bytes) -> bytes:
        """Raises InvalidTag."""
        nonce = bytes(4) + struct.pack(">Q", self._next)
        self._next += 1
        if len(box) < 16:
            raise InvalidTag
        return self._aead.decrypt(nonce, box, self._aad)


def check_media(source: Source, entry: Entry, key: bytes, integrity: Answer, damaged: int | None = None) -> int:
    """Every chunk of a segment opened and walked through; how many. From `damaged` on it could not all be read when it
    was sealed: what does not open there is no news."""
    opened = 0
    if damaged == 0:  # its salt is gone, and all of it with that
        return 0
    with source.open(entry.name) as file:
        boxes: Boxes | None = None
        for number, (at, payload) in enumerate(Frames(file, check=False), start=1):
            if boxes is None:
                boxes = Boxes(key, "media", payload)
                continue
            try:
                walk_chunk(boxes.open(payload))
            except (InvalidTag, Bad) as error:
                if damaged is not None and at >= damaged:
                    continue
                if opened == 0 and isinstance(error, InvalidTag):
                    raise WrongKey from None
                code = "box_bad" if isinstance(error, InvalidTag) else "box_shape"
                integrity.wrong(code, file=entry.name, record=number)
            opened += 1
    return opened


def walk_chunk(chunk: bytes) -> None:
    """Whether it is entries to its end. Raises `Bad`."""
    at, end = 8, len(chunk)
    while at < end:
        size = shift = 0
        while True:
            if at >= end or shift > 63:
                raise Bad("why_text")
            byte = chunk[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        at += size
        if size < 2:
            raise Bad("why_text")
    if at != end:
        raise Bad("why_text")


def check_log(
    source: Source,
    entry: Entry,
    manifest: Manifest,
    key: bytes | None,
    answers: dict[str, Answer],
    digests: set[str],
) -> int:
    """The log's records, its head as sealed and, with the key, its events, whose digests are added. How many boxes were
    opened."""
    count, head, opened, boxes = 0, b"", 0, None
    with source.open(entry.name) as file:
        frames = Frames(file, check=entry.size <= MAX_SCANNED)
        for _, payload in frames:
            count += 1
            if count == manifest.log_records:
                head = payload
            if count == 1:
                sealed = bool(parse_json(payload).get("cipher"))
                boxes = Boxes(key, "log", payload) if key and sealed else None
            elif boxes is not None or not sealed:
                opened += read_event(entry, payload, boxes, count, opened, answers, digests)
    if frames.bad and frames.bad[0] >= entry.size:
        answers["integrity"].wrong("changed", file=entry.name, where=where(*frames.bad))
    elif frames.bad:  # sealed like this
        answers["completeness"].said.append(say("damaged", file=entry.name, offset=frames.bad[0], reason="torn"))
        answers["completeness"].lacks()
    if count < manifest.log_records:
        answers["completeness"].wrong("log_short", have=count, want=manifest.log_records)
    elif hashlib.sha256(head).hexdigest() != manifest.log_head:
        answers["integrity"].wrong("log_head")
    else:
        answers["completeness"].checked.append(say("log_whole", count=manifest.log_records))
    if opened:
        answers["completeness"].checked.append(say("events", count=opened))
    return opened if boxes is not None else 0


def read_event(
    entry: Entry,
    payload: bytes,
    boxes: Boxes | None,
    record: int,
    before: int,
    answers: dict[str, Answer],
    digests: set[str],
) -> int:
    """One record of the log: 1 if it is an event, whose digest (of its canonical JSON, RFC 8785) is added."""
    try:
        if boxes is not None:
            letter, payload = payload[:1], payload[1:]
            if letter == b"K":
                boxes.renew(payload)
                return 0
            payload = boxes.open(payload)
        event = parse_json(payload)
        if event.get("seq") != before + 1:
            answers["completeness"].wrong("log_seq", seq=before + 1)
        text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digests.add(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    except InvalidTag:
        if before == 0:
            raise WrongKey from None
        answers["integrity"].wrong("box_bad", file=entry.name, record=record)
    except Bad:
        answers["integrity"].wrong("box_shape", file=entry.name, record=record)
    return 1


# ---- RFC 6962 and C2SP ----------------------------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 2.1.3.2."""
    place, last, found = index, size - 1, leaf
    if not 0 <= index < size:
        return False
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def decoded(text: str) -> bytes:
    """Base64 and nothing that only resembles it. Raises `Bad`."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Bad("why_text") from None
    if base64.b64encode(raw).decode() != text:
        raise Bad("why_text")
    return raw


def number(text: str) -> int:
    if not NUMBER.match(text) or int(text) >= 1 << 63:
        raise Bad("why_text")
    return int(text)


class Key(NamedTuple):
    """A verifier key of c2sp.org/signed-note: 1 a log's, 4 a witness's."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:4]


def parse_key(text: str) -> Key:
    """Raises `Bad`."""
    name, _, rest = text.strip().partition("+")
    key_id, _, public = rest.partition("+")
    raw = decoded(public)
    if len(raw) != 33 or raw[0] not in (1, 4) or not name:
        raise Bad("why_text")
    key = Key(name, raw[0], raw[1:])
    if key.id.hex() != key_id:
        raise Bad("why_text")
    return key


class Note(NamedTuple):
    """A signed checkpoint: its text and what it says, and its signatures (name, key id, value)."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]

    def signed(self, keys: Sequence[Key]) -> dict[Key, int]:
        """Which of the keys signed, with the Unix time of a witness (a log's: 0). Raises `Bad` for a wrong one."""
        found: dict[Key, int] = {}
        for name, key_id, value in self.signatures:
            for key in keys:
                if (key.name, key.id) == (name, key_id):
                    found[key] = max(found.get(key, 0), verify_signature(key, self.text, value))
        return found


def verify_signature(key: Key, text: str, value: bytes) -> int:
    at, message = 0, text.encode()
    if key.kind == 4:
        if len(value) != 72:
            raise Bad("why_signature")
        at = struct.unpack(">Q", value[:8])[0]
        value, message = value[8:], f"cosignature/v1\ntime {at}\n{text}".encode()
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except (InvalidSignature, ValueError):
        raise Bad("why_signature") from None
    return int(at)


def parse_note(data: bytes) -> Note:
    """Raises `Bad`."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("why_text") from None
    text, gap, below = whole.rpartition("\n\n")
    lines = text.split("\n")
    if (
        not gap
        or not below.endswith("\n")
        or len(lines) < 3
        or not all(lines)
        or re.search(r"[\x00-\x09\x0b-\x1f]", whole)
    ):
        raise Bad("why_text")
    signatures = []
    for line in below[:-1].split("\n")[:64]:
        dash, _, rest = line.partition(" ")
        name, _, value = rest.partition(" ")
        raw = decoded(value)
        if dash != "—" or not name or len(raw) < 5:
            raise Bad("why_text")
        signatures.append((name, raw[:4], raw[4:]))
    root = decoded(lines[2])
    if len(root) != 32:
        raise Bad("why_text")
    return Note(text + "\n", lines[0], number(lines[1]), root, signatures)


class Proof(NamedTuple):
    at: int
    leaf: dict[str, Any]
    note: Note


def parse_proof(data: bytes) -> Proof:
    """c2sp.org/tlog-proof@v1 whose extra is the opened leaf; the leaf is in the tree. Raises `Bad`."""
    head, gap, note_data = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Bad("why_text") from None
    shape = gap and len(lines) >= 3 and lines[0] == "c2sp.org/tlog-proof@v1"
    if not shape or not lines[1].startswith("extra ") or not lines[2].startswith("index ") or len(lines) > 66:
        raise Bad("why_text")
    leaf = parse_json(decoded(lines[1][6:]))
    index, note = number(lines[2][6:]), parse_note(note_data)
    if not included(leaf_hash(leaf), index, note.size, [decoded(line) for line in lines[3:]], note.root):
        raise Bad("why_inclusion")
    return Proof(index, leaf, note)


def leaf_hash(leaf: dict[str, Any]) -> bytes:
    """The entry is 01 ‖ SHA-256(salt ‖ the leaf without its salt, canonically)."""
    names = {"consultation", "digest", "kind", "salt", "t_unix_ms", "version"}
    salt = bytes.fromhex(field(leaf, "salt", str, HASH.match))
    for name in ("consultation", "digest"):
        field(leaf, name, str, HASH.match)
    if set(leaf) != names or leaf["version"] not in (1, 2):
        raise Bad("why_text")
    said = {name: leaf[name] for name in names - {"salt"}}
    said["kind"] = field(leaf, "kind", str, re.compile(r"[a-z]{1,32}\Z").match)
    natural(leaf, "t_unix_ms")
    text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(b"\0\x01" + hashlib.sha256(salt + text).digest()).digest()


# ---- tiles: a copy of the log, to compare with a checkpoint kept before ---------------------------------------------


def tree_root(folder: str, size: int) -> bytes:
    """The root of the log at this size, from its level-0 tiles (c2sp.org/tlog-tiles). Raises `Bad`."""
    stack: list[tuple[int, bytes]] = []  # complete subtrees from the left: (height, hash)
    for tile in range((size + 255) // 256):
        width = min(256, size - tile * 256)
        data = read_tile(folder, tile, width)
        for at in range(0, width * 32, 32):
            height, found = 0, data[at : at + 32]
            while stack and stack[-1][0] == height:
                found = node(stack.pop()[1], found)
                height += 1
            stack.append((height, found))
    if not stack:
        return hashlib.sha256().digest()
    root = stack.pop()[1]
    while stack:
        root = node(stack.pop()[1], root)
    return root


def read_tile(folder: str, tile: int, width: int) -> bytes:
    groups, rest = [f"{tile % 1000:03}"], tile // 1000
    while rest:
        groups.insert(0, f"x{rest % 1000:03}")
        rest //= 1000
    path = os.path.join(folder, "tile", "0", *groups)
    try:
        partial = sorted(int(one) for one in os.listdir(path + ".p") if NUMBER.match(one) and int(one) >= width)
    except OSError:
        partial = []
    for name in [os.path.join(path + ".p", str(one)) for one in partial[:1]] + [path]:
        try:
            with open(name, "rb") as file:
                data = file.read(256 * 32)
        except OSError:
            continue
        if len(data) >= width * 32:
            return data[: width * 32]
    raise Bad("why_text")


# ---- RFC 3161 -------------------------------------------------------------------------------------------------------


class Der:
    """A DER value: its tag, its content, all its bytes."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        try:
            self.tag, length = data[at], data[at + 1]
            start = at + 2
            if length & 0x80:
                count = length & 0x7F
                if not 1 <= count <= 4:
                    raise Bad("why_text")
                length = int.from_bytes(data[start : start + count], "big")
                start += count
        except IndexError:
            raise Bad("why_text") from None
        self.content = data[start : start + length]
        self.end = start + length
        self.whole = data[at : self.end]
        if len(self.content) != length:
            raise Bad("why_text")

    def parts(self) -> list[Der]:
        found, at = [], 0
        while at < len(self.content):
            found.append(Der(self.content, at))
            at = found[-1].end
        return found

    def oid(self) -> str:
        if self.tag != 6 or not self.content:
            raise Bad("why_text")
        numbers, value = [self.content[0] // 40, self.content[0] % 40], 0
        for byte in self.content[1:]:
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                numbers.append(value)
                value = 0
        return ".".join(map(str, numbers))


DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
# Signature algorithms that name their hash; others (rsaEncryption) take the digest's.
SIGNATURES: dict[str, hashes.HashAlgorithm] = {
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
}
TST_INFO, SIGNED_DATA = "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.7.2"
MESSAGE_DIGEST, CERTIFICATE_V2, CERTIFICATE_V1 = (
    "1.2.840.113549.1.9.4",
    "1.2.840.113549.1.9.16.2.47",
    "1.2.840.113549.1.9.16.2.12",
)


def digest_of(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    return hashlib.new(algorithm.name, data).digest()


def wrong_stamp(part: str) -> Bad:
    return Bad("why_stamp", part=part)


def verify_stamp(data: bytes, message: bytes, roots: Sequence[x509.Certificate]) -> tuple[int, str]:
    """The Unix time (s) of a TimeStampResp over this message, and who says so. Raises `Bad`."""
    with warnings.catch_warnings():  # of a serial number that is none: whether a stamp holds, its signatures decide
        warnings.simplefilter("ignore")
        return checked_stamp(data, message, roots)


def checked_stamp(data: bytes, message: bytes, roots: Sequence[x509.Certificate]) -> tuple[int, str]:
    """What `verify_stamp` says."""
    try:
        status, token = Der(data).parts()[:2]
        kind, wrapped = token.parts()
        if status.parts()[0].content not in (b"\0", b"\x01") or kind.oid() != SIGNED_DATA:
            raise wrong_stamp("status")
        signed = Der(wrapped.content).parts()
        info = Der(signed[2].parts()[1].content)
        if signed[2].parts()[0].oid() != TST_INFO or info.tag != 4:
            raise wrong_stamp("content")
        certificates = [x509.load_der_x509_certificate(c.whole) for s in signed if s.tag == 0xA0 for c in s.parts()]
        signer = verify_signer(signed[-1].parts(), info.content, certificates)
        at = read_info(Der(info.content).parts(), message)
        verify_chain(signer, certificates, roots, at)
    except (ValueError, IndexError, TypeError, OverflowError, x509.ExtensionNotFound):
        raise wrong_stamp("form") from None
    return int(at.timestamp()), signer.subject.rfc4514_string()


def read_info(info: list[Der], message: bytes) -> datetime:
    """TSTInfo: what was stamped, and when."""
    algorithm, digest = info[2].parts()
    hashed = DIGESTS.get(algorithm.parts()[0].oid())
    if hashed is None or digest.content != digest_of(hashed, message):
        raise wrong_stamp("imprint")
    text = next(part.content.decode("ascii") for part in info if part.tag == 0x18)
    return datetime.strptime(text.partition(".")[0].rstrip("Z"), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)


def verify_signer(signers: list[Der], info: bytes, certificates: list[x509.Certificate]) -> x509.Certificate:
    """The one SignerInfo: its attributes are about this content and its certificate, and its signature is right."""
    if len(signers) != 1:
        raise wrong_stamp("signers")
    _, sid, algorithm, attributes, signing, signature = signers[0].parts()[:6]
    hashed = DIGESTS.get(algorithm.parts()[0].oid())
    if hashed is None or attributes.tag != 0xA0:
        raise wrong_stamp("digest")
    values = {a.parts()[0].oid(): a.parts()[1].parts()[0] for a in attributes.parts()}
    if values[MESSAGE_DIGEST].content != digest_of(hashed, info) if MESSAGE_DIGEST in values else True:
        raise wrong_stamp("digest")
    serial = int.from_bytes(sid.parts()[1].content, "big")
    issuer = sid.parts()[0].whole
    found = [c for c in certificates if c.serial_number == serial and c.issuer.public_bytes() == issuer]
    if not found or not names_certificate(values, found[0]):
        raise wrong_stamp("certificate")
    signed_with = SIGNATURES.get(signing.parts()[0].oid(), hashed)
    verify_bytes(found[0].public_key(), signature.content, b"\x31" + attributes.whole[1:], signed_with)
    return found[0]


def names_certificate(values: dict[str, Der], certificate: x509.Certificate) -> bool:
    """ESSCertID(v2): the signed attributes say whose certificate it is, so that none can be put in its place."""
    der = certificate.public_bytes(Encoding.DER)
    if CERTIFICATE_V2 in values:
        first = values[CERTIFICATE_V2].parts()[0].parts()[0].parts()
        algorithm = DIGESTS.get(first[0].parts()[0].oid()) if first[0].tag == 0x30 else hashes.SHA256()
        value = next((part.content for part in first if part.tag == 4), b"")
        return algorithm is not None and value == digest_of(algorithm, der)
    if CERTIFICATE_V1 in values:
        first = values[CERTIFICATE_V1].parts()[0].parts()[0].parts()
        return first[0].content == hashlib.sha1(der).digest()  # noqa: S324 - what RFC 2634 has; the signature counts
    return False


def verify_bytes(key: Any, signature: bytes, data: bytes, algorithm: hashes.HashAlgorithm) -> None:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(algorithm))
        elif isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        else:
            raise wrong_stamp("algorithm")
    except InvalidSignature:
        raise wrong_stamp("signature") from None


def verify_chain(
    signer: x509.Certificate, between: list[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> None:
    """From the signer to a root that we were given, each valid at the time stamped, the first for stamps alone."""
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise wrong_stamp("purpose")
    current = signer
    for _ in range(8):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise wrong_stamp("validity")
        if any(issued(current, root) for root in roots):
            return
        above = [c for c in between if c != current and issued(current, c)]
        if not above:
            break
        current = above[0]
    raise wrong_stamp("issuer")


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        if not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return True


# ---- the four answers -----------------------------------------------------------------------------------------------


class Trust(NamedTuple):
    """What the caller brought: whom to believe, and what to compare with."""

    logs: list[Key]
    witnesses: list[Key]
    roots: list[x509.Certificate]
    key: bytes | None = None
    pinned: bytes | None = None
    tlog: str | None = None
    consultation: str | None = None


class Verification:
    """One bundle. `exit` is the process's."""

    def __init__(self, source: Source, trust: Trust) -> None:
        self.source, self.trust = source, trust
        self.answers = {name: Answer() for name in ("integrity", "completeness", "witnessed", "timestamped")}
        self.exit = 0
        self.manifest: Manifest | None = None
        self._digests: set[str] = set()  # of the log's events, where they were opened
        self._listed = {MANIFEST, EXPORT, EXPORTED + ".tlog-proof", EXPORTED + ".tsr"}

    def run(self) -> None:
        if MANIFEST not in self.source.sizes:
            raise Refused("why_none", file=MANIFEST)
        text = self._list(MANIFEST)
        try:
            self.manifest = parse_manifest(text)
        except Bad as bad:
            self.integrity.wrong("no_manifest_text", file=MANIFEST, why=bad.why)
        if self.manifest is not None:
            self._files(self.manifest)
        anchored = self._seal(text)
        self._export()
        self._others()
        if self.integrity.answer == "unknown":
            self.integrity.answer = "yes" if anchored else "partly"
        self._decide()

    @property
    def integrity(self) -> Answer:
        return self.answers["integrity"]

    def _list(self, name: str) -> bytes:
        try:
            return read_small(self.source, name, MAX_JSON)
        except Bad as bad:
            self.integrity.problems.append(bad.why)
            self.integrity.answer = "no"
            return b""

    def _files(self, manifest: Manifest) -> None:
        wanted = self.trust.consultation
        if wanted and wanted != manifest.consultation:
            self.integrity.wrong("not_consultation", have=manifest.consultation, want=wanted)
        here = self._compare(manifest.files, MANIFEST)
        if len(here) == len(manifest.files) and self.integrity.answer != "no":
            size = sum(entry.size for entry in here)
            self.integrity.checked.append(say("files_right", count=len(here), size=size))
        self._complete(manifest)
        self._inside(manifest, here)

    def _compare(self, entries: list[Entry], name: str) -> list[Entry]:
        """Those of a list that are here and as listed."""
        right = []
        completeness = self.answers["completeness"]
        for entry in entries:
            self._listed.add(entry.name)
            if entry.name not in self.source.sizes:
                completeness.wrong("missing", file=entry.name)
            elif check_file(self.source, entry, self.manifest, self.integrity):
                right.append(entry)
                longer = self.source.sizes[entry.name] - entry.size
                if longer:
                    self.integrity.unchecked.append(say("grown", file=entry.name, size=longer))
        return right

    def _complete(self, manifest: Manifest) -> None:
        answer = self.answers["completeness"]
        missing = {entry.name for entry in manifest.files if entry.name not in self.source.sizes}
        if not missing:
            answer.checked.append(say("all_there", count=len(manifest.files)))
        elif LET_GO in self.source.sizes:
            answer.said.append(say("let_go", count=len(missing & self._let_go()), of=len(missing)))
        numbers = sorted(number for number, _ in manifest.segments)
        gone = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))[:100] if numbers else []
        if numbers and not gone:
            answer.checked.append(say("segments", first=numbers[0], last=numbers[-1]))
        elif not numbers:
            answer.said.append(say("no_segments"))
        answer.said.extend(say("segment_gap", number=one) for one in gone)
        counts = manifest.counts
        damaged = round(counts["damaged_us"] / 1e6, 1)
        answer.said.append(
            say("counts", packets=counts["packets"], lost=counts["lost"], dropped=counts["dropped"], damaged=damaged)
        )
        for t_from, t_to, reason in manifest.gaps[:100]:
            answer.said.append(say("gap", t_from=round(t_from / 1e6, 1), t_to=round(t_to / 1e6, 1), reason=reason))
        for file, offset, reason in manifest.damages[:100]:
            answer.said.append(say("damaged", file=file, offset=offset, reason=reason))
        lacking = (
            manifest.damages
            or counts["dropped"]
            or counts["damaged_us"]
            or gone
            or any(reason not in WISHED for _, _, reason in manifest.gaps)
        )
        if answer.answer != "no":
            answer.answer = "partly" if lacking else "yes"

    def _let_go(self) -> set[str]:
        """What the bundle says of what is missing: a reason, and no excuse."""
        try:
            names = field(parse_json(read_small(self.source, LET_GO, MAX_JSON)), "files", list)
        except Bad:
            return set()
        return {name for name in names if isinstance(name, str)}

    def _inside(self, manifest: Manifest, here: list[Entry]) -> None:
        """The log and, with the key, what is in the boxes of those files that are as they were sealed."""
        key, opened = self.trust.key, 0
        try:
            for entry in here:
                if entry.kind == "log":
                    opened += check_log(self.source, entry, manifest, key, self.answers, self._digests)
                elif entry.kind == "media" and key:
                    opened += check_media(self.source, entry, key, self.integrity, manifest.damaged_from(entry.name))
        except WrongKey:
            self.integrity.problems.append(say("wrong_key"))
            self.exit = 7
        except (Bad, *READ_ERRORS):
            self.integrity.wrong("unreadable", file="log")
        if key is None:
            self.integrity.unchecked.append(say("no_key"))
        elif opened and self.integrity.answer != "no":
            self.integrity.checked.append(say("decrypted", count=opened))

    def _log_keys(self) -> list[Key]:
        """Those we were given; else the bundle's own, which then is said."""
        if self.trust.logs:
            return self.trust.logs
        try:
            return [parse_key(read_small(self.source, "proof/log.vkey", MAX_TEXT).decode("utf-8"))]
        except (Bad, UnicodeDecodeError, KeyError):
            return []

    def _seal(self, text: bytes) -> bool:
        """Whether the manifest is what a log that we trust says was sealed."""
        proof = self._proof(SEALED + ".tlog-proof", "sealed")
        if proof is None:
            return False
        if proof.leaf["digest"] != hashlib.sha256(text).hexdigest():
            self.integrity.wrong("seal_of_another", file=MANIFEST)
            return False
        self.integrity.checked.append(
            say("sealed_in_log", index=proof.at, origin=proof.note.origin, size=proof.note.size)
        )
        self._witnessed(proof.note)
        self._stamped(proof.note)
        self._pinned(proof.note)
        if not self.trust.logs:
            self.integrity.unchecked.append(say("own_key"))
        return bool(self.trust.logs)

    def _proof(self, name: str, kind: str) -> Proof | None:
        """A proof whose checkpoint the log signed; what it lacks is said."""
        keys = self._log_keys()
        if name not in self.source.sizes:
            self.integrity.unchecked.append(say("no_proof"))
            return None
        try:
            proof = parse_proof(read_small(self.source, name, MAX_TEXT))
            if not keys:
                self.integrity.unchecked.append(say("no_log_key"))
                return None
            if not proof.note.signed(keys):
                raise Bad("why_unsigned")
            if proof.leaf["kind"] != kind:
                raise Bad("why_leaf")
            proof.note.signed(self.trust.witnesses)
        except Bad as bad:
            self.integrity.wrong("proof_bad", file=name, why=bad.why)
            return None
        return proof

    def _export(self) -> None:
        """What came with the export, if it came with a list of its own."""
        if EXPORT not in self.source.sizes:
            return
        text = self._list(EXPORT)
        try:
            entries = parse_entries(parse_json(text))
        except Bad as bad:
            self.integrity.wrong("no_manifest_text", file=EXPORT, why=bad.why)
            return
        self._compare(entries, EXPORT)
        if EXPORTED + ".tlog-proof" not in self.source.sizes:
            self.integrity.unchecked.append(say("not_in_log", count=len(entries), file=EXPORT))
            return
        proof = self._proof(EXPORTED + ".tlog-proof", "export")
        if proof is not None and proof.leaf["digest"] != hashlib.sha256(text).hexdigest():
            self.integrity.wrong("seal_of_another", file=EXPORT)
        elif proof is not None:
            self.integrity.checked.append(say("export_in_log", index=proof.at))

    def _others(self) -> None:
        """Other proofs, and files that nobody speaks of."""
        done = {SEALED + ".tlog-proof", EXPORTED + ".tlog-proof"}
        for name in sorted(self.source.sizes):
            if name.startswith("proof/") and name.endswith(".tlog-proof") and name not in done:
                self._other_proof(name)
            elif name not in self._listed and not name.startswith("proof/"):
                self.integrity.unchecked.append(say("not_listed", file=name))

    def _other_proof(self, name: str) -> None:
        try:
            proof = parse_proof(read_small(self.source, name, MAX_TEXT))
            if not proof.note.signed(self._log_keys()):
                raise Bad("why_unsigned")
            media = [entry.sha256 for entry in self.manifest.files] if self.manifest else []
            if proof.leaf["kind"] == "segment" and proof.leaf["digest"] not in media:
                raise Bad("why_leaf")
        except Bad as bad:
            self.integrity.wrong("proof_bad", file=name, why=bad.why)
            return
        kind, code = proof.leaf["kind"], "leaf_in_log"
        if kind in OF_EVENTS and self.trust.key and self._digests:
            found = proof.leaf["digest"] in self._said(proof.leaf["version"], self.trust.key)
            code = "leaf_of_event" if found else code
            if not found:
                self.integrity.unchecked.append(say("leaf_of_none", file=name))
        self.integrity.checked.append(say(code, file=name, kind=kind, index=proof.at))

    def _said(self, version: int, key: bytes) -> set[str]:
        """How leaves of this version name the log's events: of version 2 by a digest that the data key salts."""
        if version == 1:
            return self._digests
        secret = HKDF(hashes.SHA256(), 32, None, b"sefaw leaves v1").derive(key)
        return {hmac.new(secret, bytes.fromhex(one), "sha256").hexdigest() for one in self._digests}

    def _witnessed(self, note: Note) -> None:
        answer = self.answers["witnessed"]
        signed = {key: at for key, at in note.signed(self.trust.witnesses).items() if key.kind == 4}
        known = {(key.name, key.id) for key in (*self.trust.witnesses, *self._log_keys())}
        for key, at in signed.items():
            answer.checked.append(say("witness_said", name=key.name, size=note.size))
            answer.until = max(answer.until or 0, at)
        others = [name for name, key_id, _ in note.signatures if (name, key_id) not in known]
        answer.unchecked.extend(say("witness_unknown", name=name) for name in others)
        answer.answer = "yes" if signed else "unknown" if others else "no"
        if not signed and not others:
            answer.problems.append(say("no_witness"))

    def _stamped(self, note: Note) -> None:
        answer, name = self.answers["timestamped"], SEALED + ".tsr"
        if name not in self.source.sizes:
            answer.wrong("no_stamp")
        elif not self.trust.roots:
            answer.unchecked.append(say("stamp_no_root"))
        else:
            try:
                data = read_small(self.source, name, MAX_TEXT)
                answer.until, who = verify_stamp(data, note.text.encode(), self.trust.roots)
            except Bad as bad:
                answer.wrong("stamp_bad", file=name, why=bad.why)
                return
            answer.answer = "yes"
            answer.checked.append(say("stamp_said", name=who, size=note.size))

    def _pinned(self, note: Note) -> None:
        """Whether the log still has the history that the caller knows."""
        if self.trust.pinned is None:
            return
        try:
            pinned = parse_note(self.trust.pinned)
            if not pinned.signed(self._log_keys()):
                raise Bad("why_unsigned")
        except Bad as bad:
            self.integrity.wrong("proof_bad", file="--checkpoint", why=bad.why)
            return
        if pinned.size == note.size:
            self._same_history([(pinned, note.root)], pinned)
        elif self.trust.tlog is None:
            self.integrity.unchecked.append(say("pinned_unproved", size=pinned.size))
        else:
            self._compare_with_tiles(pinned, note, self.trust.tlog)

    def _compare_with_tiles(self, pinned: Note, note: Note, folder: str) -> None:
        try:
            with open(os.path.join(folder, "checkpoint"), "rb") as file:
                now = parse_note(file.read(MAX_TEXT))
            if not now.signed(self._log_keys()):
                raise Bad("why_unsigned")
            if now.size < pinned.size:
                self.integrity.wrong("rolled_back", have=now.size, size=pinned.size)
                return
            roots = [(one, tree_root(folder, one.size)) for one in (pinned, note, now)]
        except (Bad, OSError):
            self.integrity.wrong("proof_bad", file="--tlog", why=say("why_text"))
            return
        self._same_history(roots, pinned)

    def _same_history(self, roots: list[tuple[Note, bytes]], pinned: Note) -> None:
        if all(one.root == root for one, root in roots):
            self.integrity.checked.append(say("pinned_same", size=pinned.size))
        else:
            self.integrity.wrong("pinned_fork", size=pinned.size)

    def _decide(self) -> None:
        found = {name: answer.answer for name, answer in self.answers.items()}
        tests = [
            (self.exit == 7, 7),
            (found["integrity"] == "no", 1),
            (found["completeness"] in ("no", "unknown"), 3),
            (found["integrity"] != "yes", 8),
            (found["witnessed"] != "yes", 4),
            (found["timestamped"] != "yes", 5),
        ]
        self.exit = next((code for true, code in tests if true), 0)


# ---- saying it ------------------------------------------------------------------------------------------------------


def moment(at: int | None) -> str:
    try:
        return "" if at is None else datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(at)


def as_text(found: Verification, lang: int) -> str:
    lines = []
    for name, answer in found.answers.items():
        until = moment(answer.until)
        lines.append(f"{WORDS[name][lang]}: {WORDS[answer.answer][lang]}" + (f", {until}" if until else ""))
        for kind, all_ in sections(answer):
            lines.extend(f"  {WORDS[kind][lang]}: {one.text(lang)}" for one in all_)
    return "\n".join(lines)


def sections(answer: Answer) -> list[tuple[str, list[Said]]]:
    return [
        ("problem", answer.problems),
        ("checked", answer.checked),
        ("said", answer.said),
        ("unchecked", answer.unchecked),
    ]


def as_json(found: Verification, lang: int) -> str:
    out: dict[str, Any] = {"exit": found.exit}
    for name, answer in found.answers.items():
        lists = {kind: [as_item(one, lang) for one in all_] for kind, all_ in sections(answer)}
        out[name] = {"answer": answer.answer, "until_unix_s": answer.until, **lists}
    return json.dumps(out, ensure_ascii=False, indent=1)


def as_item(one: Said, lang: int) -> dict[str, Any]:
    facts = {k: v.text(lang) if isinstance(v, Said) else plain(v) for k, v in one.facts.items()}
    spot = one.facts.get("where")
    while isinstance(spot, Said) and spot.code != "where":
        spot = spot.facts.get("where")
    if isinstance(spot, Said):
        facts.update(offset=spot.facts["offset"], end=spot.facts["end"])
    return {"code": one.code, "text": one.text(lang), **facts}


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Check the bundle of a consultation, offline.", epilog=(__doc__ or "")[-330:]
    )
    parser.add_argument("bundle", help="the folder or the ZIP")
    parser.add_argument(
        "--log-key", action="append", default=[], metavar="KEY", help="the log's key, or a file with it"
    )
    parser.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="a witness's key, or a file with it"
    )
    parser.add_argument("--tsa-root", action="append", default=[], metavar="PEM", help="root of a time stamp authority")
    parser.add_argument("--key", metavar="FILE", help="the consultation's data key (64 hex digits), or a file with it")
    parser.add_argument("--checkpoint", metavar="FILE", help="a checkpoint of the log that you kept")
    parser.add_argument("--tlog", metavar="FOLDER", help="a copy of the log's checkpoint and tiles")
    parser.add_argument("--consultation", metavar="ID", help="which consultation it should be")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args(given)


def brought(options: argparse.Namespace) -> Trust:
    """Raises `Bad`, OSError, ValueError."""

    def text(value: str) -> str:
        if not os.path.isfile(value):
            return value.strip()
        with open(value, encoding="utf-8") as file:
            return file.read(MAX_TEXT).strip()

    roots: list[x509.Certificate] = []
    for name in options.tsa_root:
        with open(name, "rb") as pem:
            roots += x509.load_pem_x509_certificates(pem.read(MAX_TEXT))
    pinned = None
    if options.checkpoint:
        with open(options.checkpoint, "rb") as kept:
            pinned = kept.read(MAX_TEXT)
    key = bytes.fromhex(text(options.key)) if options.key else None
    if key is not None and len(key) != 32:
        raise ValueError("--key")
    logs = [parse_key(text(value)) for value in options.log_key]
    witnesses = [parse_key(text(value)) for value in options.witness]
    if any(k.kind != 1 for k in logs) or any(k.kind != 4 for k in witnesses):
        raise ValueError("--log-key, --witness")
    return Trust(logs, witnesses, roots, key, pinned, options.tlog, options.consultation)


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    lang = ("en", "zh").index(options.lang)
    try:
        trust = brought(options)
    except (Bad, OSError, ValueError):
        sys.stderr.write("verify.py: a key, certificate or checkpoint that was given cannot be read\n")
        return 2
    try:
        found = Verification(open_bundle(options.bundle), trust)
        found.run()
    except Refused as refused:
        said = say("hostile", why=refused.why)
        print_out(json.dumps({"exit": 6, "refused": as_item(said, lang)}) if options.json else said.text(lang))
        return 6
    print_out(as_json(found, lang) if options.json else as_text(found, lang))
    return found.exit


def print_out(text: str) -> None:
    """In UTF-8 wherever it is run."""
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
