import base64
import functools
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from medbill_desktop.security import key_file as kf
from medbill_desktop.security.kdf import PRODUCTION
from medbill_desktop.security.key_file_format import (
    LARGEST,
    MadeByNewerVersion,
    canon,
    derived,
    parse,
    parse_table,
    table_bytes,
)
from tests.fast_policy import FAST
from tests.security.key_practice import HERE, OTHER_PASSWORD, OWNER, PASSWORD, THERE, practice

GOLDEN = Path(__file__).parent / "golden"
REFUSALS = (kf.KeyFileDamaged, MadeByNewerVersion, kf.NotEnrolled, kf.WrongPassword, kf.WrongKit)


def golden():
    return (GOLDEN / "vault.v1.keys").read_bytes(), json.loads((GOLDEN / "vault.v1.facts.json").read_text("utf-8"))


def test_a_file_of_format_1_opens_for_everyone_who_could_open_it():
    data, facts = golden()
    for device, secret in facts["devices"].items():
        opened = kf.open_file(data, device, bytes.fromhex(secret))
        assert (opened.vault_id, opened.epoch, opened.gen) == (facts["vault"], facts["epoch"], facts["gen"])
        assert opened.stk.hex() == facts["stk"]
        assert [[slot.user_id, slot.name] for slot in opened.users] == [user[:2] for user in facts["users"]]
    assert kf.unlock_with_kit(data, facts["kit"]).dek.hex() == facts["dek"]
    for number, name, password in facts["users"]:
        assert kf.unlock(opened, name, password, PRODUCTION).dek.hex() == facts["dek"]
        assert kf.is_cheap(opened, number, PRODUCTION)


def test_format_1_is_what_the_page_says_and_not_what_our_code_makes_of_it():
    """Read by hand, with the primitives alone: a change of ours that changes the bytes shows here."""
    data, facts = golden()
    file = json.loads(data)
    header = {"magic": "MBKEYS", "v": 1, "kind": "practice", "vault": facts["vault"], "epoch": 1}
    assert file["hdr"] == header

    def unbox(key, box, aad):
        bound = json.dumps(aad, sort_keys=True, separators=(",", ":")).encode()
        return AESGCM(key).decrypt(base64.b64decode(box["n"]), base64.b64decode(box["c"]), bound)

    device = file["devices"][0]
    secret = bytes.fromhex(facts["devices"][device["id"]])
    stk = unbox(derived(secret, "mb/dev/v1"), device["w"], {"h": header, "d": device["id"]})
    assert stk.hex() == facts["stk"]
    table = json.loads(unbox(derived(stk, "mb/table/v1"), file["table"], header))
    assert set(table) == {"gen", "recovery", "dek_age", "users"}
    assert set(table["users"][0]) == {"id", "name", "pub", "kdf", "priv"}
    assert table["users"][0]["kdf"].keys() == {"alg", "v", "m", "t", "p", "salt"}
    assert (table["users"][0]["kdf"]["alg"], table["users"][0]["kdf"]["v"]) == ("argon2id", 19)
    assert data == json.dumps(file, sort_keys=True, separators=(",", ":")).encode("ascii")


def test_no_name_and_no_cost_can_be_read_without_a_device_secret():
    data = practice().data
    file = json.loads(data)
    boxes = [file["table"], *(each["w"] for each in file["devices"])]
    sealed = [box[part].encode() for box in boxes for part in ("n", "c")]
    readable = functools.reduce(lambda left, text: left.replace(text, b""), sealed, data)
    assert len(readable) < len(data) // 2
    for hidden in (b"Ruiz", b"argon2id", b"users", b"age1", b"gen"):  # three letters come up by chance in Base64
        assert hidden not in readable
    for box in sealed:
        for hidden in (b"argon2id", b'"users"', b'"recovery"'):
            assert hidden not in base64.b64decode(box)


def attempt(data):
    """Open in every way there is; return the DEKs that came out, so that none may be a wrong one."""
    made, keys = practice(), []
    for device, secret in ((HERE, made.secret), (THERE, made.other_secret)):
        try:
            keys.append(kf.unlock(kf.open_file(data, device, secret), OWNER, PASSWORD, FAST).dek)
        except REFUSALS:
            keys.append(None)
    try:
        keys.append(kf.unlock_with_kit(data, made.kit.line).dek)
    except REFUSALS:
        keys.append(None)
    return keys


def test_a_cut_at_every_byte_is_damage():
    data = practice().data
    for at in range(len(data)):
        with pytest.raises(kf.KeyFileDamaged):
            parse(data[:at])
    for tail in (b"\n", b" ", b"\0", data):
        with pytest.raises(kf.KeyFileDamaged):
            parse(data + tail)


@pytest.mark.parametrize("bit", [1, 32, 128])
def test_a_flip_in_every_byte_never_gives_a_wrong_key(bit):
    made = practice()
    right, closed = made.owner.dek, 0
    for at in range(len(made.data)):
        flipped = bytearray(made.data)
        flipped[at] ^= bit
        keys = attempt(bytes(flipped))
        assert all(key in (None, right) for key in keys)
        # A flip may leave at most the ways that do not read its bytes: another computer's entry, or the kit.
        assert None in keys, at
        closed += keys == [None] * 3
    assert closed > len(made.data) / 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["practice", "age1", "", "AAAA", "AA==", 1.0, 1, -1, 0, 2**63, 2**64, True, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


@st.composite
def mutated(draw, original):
    """A file in which one value was replaced, removed, doubled or added."""
    value = json.loads(original)
    path = draw(st.sampled_from([p for p in places(value) if p]))
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    match draw(st.sampled_from(["replace", "remove", "add", "swap"])):
        case "replace":
            holder[path[-1]] = draw(JSON)
        case "remove":
            del holder[path[-1]]
        case "add" if isinstance(holder, dict):
            holder[draw(st.text(max_size=5))] = draw(JSON)
        case "add":
            holder.insert(path[-1], holder[path[-1]])
        case "swap":
            holder[path[-1]] = draw(st.sampled_from(list(walk(value))))
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def walk(value):
    yield json.loads(json.dumps(value))
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(each)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_mutated_file_gives_a_typed_refusal_or_the_right_key(data):
    keys = attempt(data.draw(mutated(practice().data)))
    assert all(key in (None, practice().owner.dek) for key in keys)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_mutated_table_is_read_strictly_even_where_it_is_authentic(data):
    original = table_bytes(practice().opened.table)
    changed = data.draw(mutated(original))
    try:
        table = parse_table(changed)
    except kf.KeyFileDamaged:
        pass
    else:
        assert table_bytes(table) == changed
    keys = attempt(practice().with_table(changed))
    assert all(key in (None, practice().owner.dek) for key in keys)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | JSON.map(lambda v: json.dumps(v).encode()))
def test_junk_is_damage(junk):
    with pytest.raises(kf.KeyFileDamaged):
        parse(junk)


def edited(edit):
    file = json.loads(practice().data)
    edit(file)
    return canon(file)


@pytest.mark.parametrize("version", [2, 3, 10**6])
def test_a_newer_file_is_told_from_a_damaged_one(version):
    newer = edited(lambda file: file["hdr"].update(v=version, more="things") or file.pop("kit"))
    with pytest.raises(MadeByNewerVersion, match="newer version"):
        parse(newer)


def text_edit(old, new):
    made = practice().data
    assert made.count(old) >= 1
    return made.replace(old, new, 1)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: edited(lambda f: f["hdr"].update(v=0)), id="version 0"),
        pytest.param(lambda: edited(lambda f: f["hdr"].update(v="2")), id="version as text"),
        pytest.param(lambda: edited(lambda f: f["hdr"].update(magic="MBKEYZ")), id="other magic"),
        pytest.param(lambda: text_edit(b'"v":1,', b'"v":true,'), id="version is a bool"),
        pytest.param(lambda: text_edit(b'"v":1,', b'"v":1.0,'), id="version is a float"),
        pytest.param(lambda: text_edit(b'"epoch":1', b'"epoch":1,"epoch":1'), id="doubled key"),
        pytest.param(lambda: text_edit(b'"epoch":1', b'"epoch": 1'), id="a space"),
        pytest.param(lambda: text_edit(b'"epoch":1', b'"epoch":01'), id="leading zero"),
        pytest.param(lambda: text_edit(b'"epoch":1', b'"epoch":true'), id="epoch is a bool"),
        pytest.param(lambda: text_edit(b'"epoch":1', b'"epoch":0'), id="epoch 0"),
        pytest.param(lambda: text_edit(b'"epoch":1', b'"epoch":9223372036854775808'), id="epoch too large"),
        pytest.param(lambda: text_edit(b'"epoch":1', b'"epoch":' + b"9" * 5000), id="epoch of 5,000 digits"),
        pytest.param(lambda: text_edit(b"practice", b"pr\\u0061ctice"), id="an escape"),
        pytest.param(lambda: text_edit(b'"practice"', b'"office"'), id="other kind"),
        pytest.param(lambda: edited(lambda f: f.update(more=1)), id="a key more"),
        pytest.param(lambda: edited(lambda f: f["devices"][0].update(more=1)), id="a key more in a device"),
        pytest.param(lambda: edited(lambda f: f["devices"].clear()), id="no computer"),
        pytest.param(lambda: edited(lambda f: f["devices"].append(f["devices"][0])), id="a computer twice"),
        pytest.param(lambda: edited(lambda f: f["devices"][0].update(id="A1" * 16)), id="id in capitals"),
        pytest.param(lambda: edited(lambda f: f["table"].update(n="AAAA")), id="short nonce"),
        pytest.param(lambda: edited(lambda f: f.update(kit=f["kit"] + "\n")), id="line end in Base64"),
        pytest.param(lambda: edited(lambda f: f.update(kit=f["kit"].rstrip("=") + "====")), id="padding"),
        pytest.param(lambda: b"\xef\xbb\xbf" + practice().data, id="byte order mark"),
        pytest.param(lambda: practice().data.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(lambda: b"[" * 100_000, id="deep nesting"),
        pytest.param(lambda: b'{"hdr":' * 100_000, id="deep nesting of objects"),
    ],
)
def test_what_is_not_exactly_of_the_format_is_damage(data):
    with pytest.raises(kf.KeyFileDamaged):
        parse(data())


def test_a_file_over_one_mebibyte_is_not_read():
    with pytest.raises(kf.KeyFileDamaged):
        parse(b" " * (LARGEST + 1))


def test_65_computers_are_too_many():
    many = edited(lambda f: f.update(devices=[f["devices"][0] | {"id": f"{n:032x}"} for n in range(64)]))
    assert len(parse(many).devices) == 64
    more = edited(lambda f: f.update(devices=[f["devices"][0] | {"id": f"{n:032x}"} for n in range(65)]))
    with pytest.raises(kf.KeyFileDamaged):
        parse(more)


@pytest.mark.parametrize(
    "edit",
    [
        lambda t: t["users"].clear(), lambda t: t["users"].append(t["users"][0]), lambda t: t["recovery"].clear(),
        lambda t: t.update(recovery=t["recovery"] * 4), lambda t: t.update(gen=0), lambda t: t.update(gen=True),
        lambda t: t.update(gen=2**63), lambda t: t["users"][0].update(id=-5), lambda t: t["users"][0].update(id="5"),
        lambda t: t["users"][1].update(id=t["users"][0]["id"]), lambda t: t["users"][1].update(name="ÁNA RUIZ"),
        lambda t: t["users"][0].update(name="An\u202ea"), lambda t: t["users"][0].update(name=5),
        lambda t: t["users"][0]["kdf"].update(alg="argon2i"), lambda t: t["users"][0]["kdf"].update(v=16),
        lambda t: t["users"][0]["kdf"].update(salt="AAAA"), lambda t: t["users"][0]["kdf"].update(p=0),
        lambda t: t["users"][0]["kdf"].update(m=1.5), lambda t: t["users"][0].update(pub="age1"),
        lambda t: t.update(users=[t["users"][0] | {"id": n, "name": f"P{n}"} for n in range(1, 258)]),
    ],
)  # fmt: skip
def test_a_table_that_is_not_exactly_of_the_format_is_damage(edit):
    table = json.loads(table_bytes(practice().opened.table))
    edit(table)
    with pytest.raises(kf.KeyFileDamaged):
        parse_table(canon(table))
    with pytest.raises(kf.KeyFileDamaged):
        practice().open(practice().with_table(canon(table)))


def test_what_nobody_authenticated_is_good_for_messages_only():
    header, devices = kf.peek(practice().data)
    assert (header.vault_id, header.epoch, devices) == (practice().opened.vault_id, 1, (HERE, THERE))
    assert kf.unlock(practice().opened, "Νίκος Παππάς", OTHER_PASSWORD, FAST).dek == practice().owner.dek
