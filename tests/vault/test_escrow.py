"""Escrow: any one officer's age identity brings the key file back, nobody else's does."""

import stat

import pyrage
import pytest

from evenhand.vault.escrow import EscrowDoesNotOpen, NoRecipient, escrow, restore, write_escrow
from evenhand.vault.keyfile import make_key_file


def test_each_officer_alone_opens_the_escrow():
    keys = make_key_file()
    officers = [pyrage.x25519.Identity.generate() for _ in range(2)]

    made = escrow(keys, [str(officer.to_public()) for officer in officers])

    for officer in officers:
        assert restore(made, str(officer)) == keys
    assert made.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----")
    assert keys.as_json() not in made


def test_a_stranger_does_not_open_it():
    made = escrow(make_key_file(), [str(pyrage.x25519.Identity.generate().to_public())])

    with pytest.raises(EscrowDoesNotOpen):
        restore(made, str(pyrage.x25519.Identity.generate()))
    with pytest.raises(EscrowDoesNotOpen):
        restore(made, "not an identity")


@pytest.mark.parametrize("recipients", [[], ["age1nobody"], [""], ["ssh-ed25519 broken"]])
def test_an_escrow_for_nobody_is_refused(recipients):
    with pytest.raises(NoRecipient):
        escrow(make_key_file(), recipients)


def test_a_damaged_escrow_does_not_open():
    officer = pyrage.x25519.Identity.generate()
    made = bytearray(escrow(make_key_file(), [str(officer.to_public())]))
    made[len(made) // 2] ^= 1

    with pytest.raises(EscrowDoesNotOpen):
        restore(bytes(made), str(officer))


def test_the_file_is_private_and_never_replaces_one(tmp_path):
    keys, officer, path = make_key_file(), pyrage.x25519.Identity.generate(), tmp_path / "escrow.age"

    write_escrow(keys, [str(officer.to_public())], path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert restore(path.read_bytes(), str(officer)) == keys
    with pytest.raises(FileExistsError):
        write_escrow(make_key_file(), [str(officer.to_public())], path)
    assert [each.name for each in tmp_path.iterdir()] == ["escrow.age"]
