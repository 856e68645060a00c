import base64
import json
import shutil
import subprocess
from dataclasses import replace

import pytest

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import age_io, kdf, recovery_kit
from medbill_desktop.security import key_file as kf
from medbill_desktop.security.kdf import KdfCost, KdfPolicy
from medbill_desktop.security.key_file_format import Header, canon, sealed_dek, table_bytes
from tests.fast_policy import FAST
from tests.security.key_practice import BILLER, HERE, OTHER_PASSWORD, OWNER, PASSWORD, THERE, make_practice, practice

NEWCOMER = 4_503_599_627_370_999
CHEAP = KdfPolicy(KdfCost(32, 2, 2), FAST.floor, FAST.least, FAST.most)


def outer(data):
    return json.loads(data)


def test_a_person_opens_the_practice_by_name_however_written_or_by_id():
    made = practice()
    for who in ("Ána Ruiz", "ÁNA RUIZ", "a\u0301na  ruiz", OWNER):
        unlocked = kf.unlock(made.opened, who, PASSWORD, FAST)
        assert (unlocked.dek, unlocked.identity) == (made.owner.dek, made.owner.identity)
    other = kf.unlock(made.opened, "νίκος παππάς", OTHER_PASSWORD, FAST)
    assert (other.user_id, other.dek) == (BILLER, made.owner.dek)
    assert other.identity != made.owner.identity


def test_each_computer_opens_the_same_table():
    made = practice()
    there = made.open_there(made.data)
    assert there.table == made.opened.table
    assert (there.vault_id, there.epoch, there.gen, there.kind) == (made.opened.vault_id, 1, 3, "practice")
    assert [slot.name for slot in there.users] == ["Ána Ruiz", "Νίκος Παππάς"]


@pytest.mark.parametrize(
    ("who", "password"),
    [("Ána Ruiz", "wrong"), ("nobody", PASSWORD), ("", PASSWORD), ("\u202eÁna", PASSWORD), (1, PASSWORD)],
)
def test_wrong_name_and_wrong_password_are_one_refusal_after_one_derivation(monkeypatch, who, password):
    made = practice()
    runs, derive = [], kdf.derive
    monkeypatch.setattr(kdf, "derive", lambda *args: runs.append(args[1].cost) or derive(*args))
    with pytest.raises(kf.WrongPassword, match=r"^Name, password or code is not right\.$"):
        kf.unlock(made.opened, who, password, FAST)
    assert runs == [FAST.cost]


def test_a_computer_that_is_not_enrolled_is_told_so():
    made = practice()
    with pytest.raises(kf.NotEnrolled, match="not enrolled"):
        kf.open_file(made.data, "c3" * 16, made.secret)


def test_the_secret_of_another_computer_opens_nothing():
    made = practice()
    with pytest.raises(kf.KeyFileDamaged):
        kf.open_file(made.data, HERE, made.other_secret)


def test_the_kit_opens_the_live_practice():
    made = practice()
    by_kit = kf.unlock_with_kit(made.data, made.kit.line)
    assert by_kit.dek == made.owner.dek
    assert by_kit.opened.table == made.opened.table
    enrolled = kf.with_device(by_kit.opened, by_kit, "c3" * 16, b"\x33" * 32)
    assert kf.open_file(enrolled, "c3" * 16, b"\x33" * 32).gen == made.opened.gen + 1
    assert outer(enrolled)["devices"][:2] == outer(made.data)["devices"]


def test_another_kit_is_told_which_practice_this_is():
    made = practice()
    with pytest.raises(kf.WrongKit, match=made.opened.vault_id[:8]):
        kf.unlock_with_kit(made.data, recovery_kit.new_kit().line)


def test_every_write_is_one_generation_on_and_leaves_the_computers_alone():
    made = make_practice()
    slot = kf.make_slot(NEWCOMER, "Mei 美", "third password", FAST)
    writes = [
        kf.with_slot(made.opened, made.owner, slot),
        kf.without_slot(made.opened, made.owner, BILLER),
        kf.with_recovery(made.opened, made.owner, [recovery_kit.new_kit().recipient]),
        kf.with_rewritten_kdf(made.opened, made.owner, PASSWORD, FAST),
        kf.with_slot(made.opened, made.owner, kf.change_password(made.opened, made.owner, PASSWORD, "new one", FAST)),
    ]
    for data in writes:
        opened = made.open(data)
        assert (opened.gen, opened.epoch, opened.stk) == (made.opened.gen + 1, 1, made.opened.stk)
        assert outer(data)["devices"] == outer(made.data)["devices"]
        kf.check_written(data, HERE, made.secret, made.owner)
        made.open_there(data)


def test_a_newcomer_opens_it_and_the_data_key_is_sealed_anew():
    made = practice()
    data = kf.with_slot(made.opened, made.owner, kf.make_slot(NEWCOMER, "Mei 美", "third password", FAST))
    opened = made.open_there(data)
    assert opened.table.dek_age != made.opened.table.dek_age
    for who, password in ((OWNER, PASSWORD), (BILLER, OTHER_PASSWORD), (NEWCOMER, "third password")):
        assert kf.unlock(opened, who, password, FAST).dek == made.owner.dek
    assert kf.unlock_with_kit(data, made.kit.line).dek == made.owner.dek


def test_who_left_opens_the_new_file_no_more():
    made = practice()
    left = kf.unlock(made.opened, BILLER, OTHER_PASSWORD, FAST)
    opened = made.open(kf.without_slot(made.opened, made.owner, BILLER))
    with pytest.raises(kf.WrongPassword):
        kf.unlock(opened, BILLER, OTHER_PASSWORD, FAST)
    with pytest.raises(age_io.NotForThisKey):
        age_io.decrypt_bytes(opened.table.dek_age, [left.identity])


def test_who_enrols_anew_gets_a_new_identity_and_the_old_one_opens_nothing():
    made = practice()
    before = kf.unlock(made.opened, BILLER, OTHER_PASSWORD, FAST)
    again = kf.make_slot(BILLER, "Νίκος Παππάς", "chosen again", FAST)
    opened = made.open(kf.with_slot(made.opened, made.owner, again))
    assert [slot.user_id for slot in opened.users] == [OWNER, BILLER]
    assert kf.unlock(opened, BILLER, "chosen again", FAST).dek == made.owner.dek
    with pytest.raises(age_io.NotForThisKey):
        age_io.decrypt_bytes(opened.table.dek_age, [before.identity])


def test_a_changed_password_keeps_identity_and_data_key():
    made = practice()
    new = kf.change_password(made.opened, made.owner, PASSWORD, "a quite different one", FAST)
    opened = made.open(kf.with_slot(made.opened, made.owner, new))
    with pytest.raises(kf.WrongPassword):
        kf.unlock(opened, OWNER, PASSWORD, FAST)
    unlocked = kf.unlock(opened, OWNER, "a quite different one", FAST)
    assert (unlocked.identity, unlocked.dek) == (made.owner.identity, made.owner.dek)
    assert opened.table.dek_age == made.opened.table.dek_age
    assert opened.find(OWNER).kdf.salt != made.opened.find(OWNER).kdf.salt
    assert opened.find(BILLER) == made.opened.find(BILLER)


def test_a_password_is_changed_only_with_the_current_one():
    made = practice()
    with pytest.raises(kf.WrongPassword):
        kf.change_password(made.opened, made.owner, "not it", "a quite different one", FAST)


def test_a_lost_kit_is_replaced_and_opens_no_more():
    made, new = practice(), recovery_kit.new_kit()
    data = kf.with_recovery(made.opened, made.owner, [new.recipient])
    assert kf.unlock_with_kit(data, new.line).dek == made.owner.dek
    with pytest.raises(kf.WrongKit):
        kf.unlock_with_kit(data, made.kit.line)
    with pytest.raises(age_io.NotForThisKey):
        age_io.decrypt_bytes(made.open(data).table.dek_age, [made.kit.line])


def test_a_second_custodian_opens_it_as_well():
    made, second = practice(), recovery_kit.new_kit()
    data = kf.with_recovery(made.opened, made.owner, [made.kit.recipient, second.recipient])
    for kit in (made.kit, second):
        assert kf.unlock_with_kit(data, kit.line).dek == made.owner.dek


def test_a_new_epoch_has_new_keys_and_this_computer_alone():
    made, new = practice(), recovery_kit.new_kit()
    data, opened, unlocked = kf.new_epoch(made.opened, made.owner, HERE, made.secret, [new.recipient])
    assert (opened.epoch, opened.gen, opened.vault_id) == (2, 1, made.opened.vault_id)
    assert unlocked.dek != made.owner.dek
    assert opened.stk != made.opened.stk
    assert kf.unlock(made.open(data), BILLER, OTHER_PASSWORD, FAST).dek == unlocked.dek
    with pytest.raises(kf.NotEnrolled):
        made.open_there(data)
    with pytest.raises(kf.WrongKit):
        kf.unlock_with_kit(data, made.kit.line)


def test_a_cheap_slot_is_upgraded_at_sign_in():
    made = make_practice(CHEAP)
    assert kf.is_cheap(made.opened, OWNER, FAST)
    data = kf.with_rewritten_kdf(made.opened, made.owner, PASSWORD, FAST)
    opened = made.open(data)
    assert opened.find(OWNER).kdf.cost == FAST.cost
    assert not kf.is_cheap(opened, OWNER, FAST)
    assert kf.is_cheap(opened, BILLER, FAST)
    assert kf.unlock(opened, OWNER, PASSWORD, FAST).dek == made.owner.dek


def test_a_slot_under_the_floor_is_never_written():
    policy = KdfPolicy(KdfCost(16, 1, 1), FAST.floor, FAST.least, FAST.most)
    with pytest.raises(kdf.TooCheap):
        kf.make_slot(NEWCOMER, "Mei", "third password", policy)
    with pytest.raises(kdf.TooCheap):
        kf.make_slot(NEWCOMER, "Mei", "third password", replace(kdf.PRODUCTION, cost=FAST.cost))


@pytest.mark.parametrize("cost", [KdfCost(15, 1, 1), KdfCost(257, 4, 4), KdfCost(256, 5, 4), KdfCost(256, 4, 5)])
def test_a_cost_out_of_bounds_is_refused_before_it_is_run(monkeypatch, cost):
    made = practice()
    table = json.loads(canon_table(made))
    table["users"][0]["kdf"] |= {"m": cost.m_kib, "t": cost.t, "p": cost.p}
    opened = made.open(made.with_table(canon(table)))
    monkeypatch.setattr(kdf, "derive", lambda *args: pytest.fail("it was run"))
    with pytest.raises(kf.KeyFileDamaged):
        kf.unlock(opened, OWNER, PASSWORD, FAST)


def canon_table(made):
    return table_bytes(made.opened.table)


@pytest.mark.parametrize(
    "edit",
    [
        lambda user: user.update(id=user["id"] + 7), lambda user: user.update(name="Ana Ruiz"),
        lambda user: user["kdf"].update(t=user["kdf"]["t"] + 1), lambda user: user["kdf"].update(m=128),
        lambda user: user.update(pub=age_io.new_identity()[1]),
    ],
)  # fmt: skip
def test_an_edited_slot_does_not_open_even_for_who_can_write_the_table(edit):
    made = practice()
    table = json.loads(canon_table(made))
    edit(table["users"][0])
    opened = made.open(made.with_table(canon(table)))
    with pytest.raises(kf.WrongPassword):
        kf.unlock(opened, table["users"][0]["id"], PASSWORD, FAST)


@pytest.mark.parametrize("change", [("epoch", 2), ("kind", "training"), ("vault", "5c" * 16)])
def test_an_edited_header_opens_nothing(change):
    made = practice()
    file = outer(made.data)
    file["hdr"][change[0]] = change[1]
    with pytest.raises(kf.KeyFileDamaged):
        made.open(canon(file))
    with pytest.raises(kf.KeyFileDamaged):
        kf.unlock_with_kit(canon(file), made.kit.line)


def test_entries_of_two_computers_can_not_be_exchanged():
    made = practice()
    file = outer(made.data)
    one, two = file["devices"]
    one["w"], two["w"] = two["w"], one["w"]
    with pytest.raises(kf.KeyFileDamaged):
        made.open(canon(file))


def test_the_table_of_another_practice_can_not_be_put_in():
    made, other = practice(), make_practice()
    file, foreign = outer(made.data), outer(other.data)
    file["table"] = foreign["table"]
    with pytest.raises(kf.KeyFileDamaged):
        made.open(canon(file))
    file = outer(made.data) | {"kit": foreign["kit"]}
    with pytest.raises(kf.KeyFileDamaged):
        kf.unlock_with_kit(canon(file), other.kit.line)


def test_a_data_key_of_another_practice_is_not_used():
    made, other = practice(), make_practice()
    table = json.loads(canon_table(made))
    foreign = sealed_dek(Header("practice", other.opened.vault_id, 1), other.owner.dek, [made.owner.recipient])
    table["dek_age"] = base64.b64encode(foreign).decode()
    opened = made.open(made.with_table(canon(table)))
    with pytest.raises(kf.KeyFileDamaged):
        kf.unlock(opened, OWNER, PASSWORD, FAST)


def test_names_stay_apart_and_the_last_person_stays():
    made = practice()
    with pytest.raises(Refused, match="has this name"):
        kf.with_slot(made.opened, made.owner, kf.make_slot(NEWCOMER, "νίκος ΠΑΠΠΆΣ", "third password", FAST))
    alone = made.open(kf.without_slot(made.opened, made.owner, BILLER))
    with pytest.raises(Refused, match="last person"):
        kf.without_slot(alone, made.owner, OWNER)
    with pytest.raises(Refused, match="their own key"):
        kf.without_slot(made.opened, made.owner, OWNER)
    with pytest.raises(Refused, match="no key"):
        kf.without_slot(alone, made.owner, BILLER)


def test_the_file_takes_so_many_computers_and_kits_and_no_more():
    made = practice()
    data = made.data
    for number in range(62):
        data = kf.with_device(made.open(data), made.owner, f"{number:032x}", b"\x33" * 32)
    full = made.open(data)
    assert len(full.file.devices) == 64
    with pytest.raises(kf.TooMany, match="64 computers"):
        kf.with_device(full, made.owner, "f" * 32, b"\x33" * 32)
    assert len(made.open(kf.with_device(full, made.owner, THERE, b"\x44" * 32)).file.devices) == 64
    for kits in ([], [made.kit.recipient] * 2, [recovery_kit.new_kit().recipient for _ in range(4)]):
        with pytest.raises(Refused, match="one to 3"):
            kf.with_recovery(made.opened, made.owner, kits)
    with pytest.raises(age_io.BadKey):
        kf.with_recovery(made.opened, made.owner, ["age1nonsense"])


def test_256_people_fit_and_one_more_does_not():
    made = practice()
    opened = made.opened
    new = kf.make_slot(NEWCOMER, "Mei", "third password", FAST)
    many = tuple(replace(new.slot, user_id=number, name=f"P{number}") for number in range(1, 255))
    full = replace(opened, table=replace(opened.table, users=(*opened.users, *many)))
    data = kf.with_device(full, made.owner, THERE, made.other_secret)
    assert len(made.open(data).users) == 256
    with pytest.raises(kf.TooMany, match="256 people"):
        kf.with_slot(made.open(data), made.owner, new)


def test_short_memory_gives_a_new_slot_the_floor_cost_and_says_so(monkeypatch):
    made = practice()
    short_of_memory(monkeypatch, FAST.cost)
    new = kf.make_slot(NEWCOMER, "Mei", "third password", FAST)
    assert (new.lowered, new.slot.kdf.cost) == (True, FAST.floor)
    opened = made.open(kf.with_slot(made.opened, made.owner, new))
    assert kf.unlock(opened, NEWCOMER, "third password", FAST).dek == made.owner.dek


def test_short_memory_never_opens_a_slot_another_way(monkeypatch):
    made = practice()
    short_of_memory(monkeypatch, FAST.cost)
    for who in (OWNER, "nobody"):
        with pytest.raises(kdf.NotEnoughMemory):
            kf.unlock(made.opened, who, PASSWORD, FAST)
    with pytest.raises(kdf.NotEnoughMemory):
        kf.with_rewritten_kdf(made.opened, made.owner, PASSWORD, FAST)


def short_of_memory(monkeypatch, cost):
    derive = kdf.derive

    def short(password, params):
        if params.cost == cost:
            raise kdf.NotEnoughMemory
        return derive(password, params)

    monkeypatch.setattr(kdf, "derive", short)


def test_what_was_written_is_checked_with_what_is_held():
    made, other = practice(), make_practice()
    kf.check_written(made.data, HERE, made.secret, made.owner)
    with pytest.raises(kf.KeyFileDamaged):
        kf.check_written(made.data, HERE, made.secret, other.owner)
    with pytest.raises(kf.KeyFileDamaged):
        kf.check_written(made.data[:-1], HERE, made.secret, made.owner)


def test_no_secret_stands_in_a_repr_and_wiping_leaves_none():
    made = make_practice()
    by_kit = kf.unlock_with_kit(made.data, made.kit.line)
    new = kf.make_slot(NEWCOMER, "Mei", "third password", FAST)
    secrets = [bytes(made.owner.dek), bytes(made.owner.identity), bytes(made.opened.stk), bytes(new.identity)]
    shown = repr([made.opened, made.owner, by_kit, new, made.kit])
    for secret in secrets:
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown
    assert "Ána" not in repr(made.opened)
    made.owner.wipe()
    by_kit.wipe()
    assert not any([*made.owner.dek, *made.owner.identity, *by_kit.dek, *by_kit.opened.stk])


def test_the_kit_resets_a_person_who_forgot():
    made = practice()
    by_kit = kf.unlock_with_kit(made.data, made.kit.line)
    data = kf.with_slot(by_kit.opened, by_kit, kf.make_slot(OWNER, "Ána Ruiz", "chosen after the kit", FAST))
    kf.check_written(data, HERE, made.secret, by_kit)
    assert kf.unlock(made.open(data), OWNER, "chosen after the kit", FAST).dek == made.owner.dek
    with pytest.raises(kf.WrongPassword):
        kf.unlock(made.open(data), OWNER, PASSWORD, FAST)


def failures():
    """Every refusal that a secret was near to."""
    made, canary = practice(), "canary 4711 in a password"
    kit = recovery_kit.new_kit()
    yield [canary], lambda: kf.unlock(made.opened, OWNER, canary, FAST)
    yield [canary], lambda: kf.unlock(made.opened, "nobody", canary, FAST)
    yield [canary], lambda: kf.change_password(made.opened, made.owner, canary, canary, FAST)
    yield [kit.line, kit.line[16:]], lambda: kf.unlock_with_kit(made.data, kit.line)
    yield [kit.line[16:60]], lambda: recovery_kit.parse(kit.line[:-3])
    yield [kit.line[16:60]], lambda: recovery_kit.parse(kit.line[:-1] + ("Q" if kit.line[-1] != "Q" else "P"))
    yield [made.secret.hex()], lambda: kf.open_file(made.data, HERE, bytes(31) + b"1")


@pytest.mark.parametrize("number", range(7))
def test_no_refusal_quotes_a_secret(number):
    secrets, act = list(failures())[number]
    with pytest.raises(Refused) as caught:
        act()
    error = caught.value
    while error is not None:
        shown = f"{error} {error!r} {error.args}"
        assert not any(secret in shown for secret in secrets)
        error = error.__cause__ or error.__context__


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("age") is None, reason="needs the command age (package age)")
def test_the_age_command_opens_kit_and_data_key(tmp_path):
    made = practice()
    (tmp_path / "kit.txt").write_text(made.kit.line + "\n")

    def opened(name, data):
        (tmp_path / name).write_bytes(data)
        command = ["age", "-d", "-i", tmp_path / "kit.txt", tmp_path / name]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    facts = {"vault": made.opened.vault_id, "epoch": 1}
    kit = opened("kit.age", base64.b64decode(outer(made.data)["kit"]))
    assert kit == facts | {"stk": base64.b64encode(made.opened.stk).decode()}
    dek = opened("dek.age", made.opened.table.dek_age)
    assert dek == facts | {"dek": base64.b64encode(made.owner.dek).decode()}
