"""The page in every release that says how to check it with tools we did not write."""

from __future__ import annotations


def verify_page(key_id: str) -> bytes:
    """VERIFY.md. key_id: of the key that signed; the reader compares it with what the contract says."""
    return _PAGE.replace("KEY_ID", key_id).encode()


_PAGE = """# Checking this release

You need nothing of ours. The key that signed is

    KEY_ID

Compare it with the one in your contract: a key that came with the files proves only that the files belong together.

1. **Take the statement out of its envelope** and rebuild what was signed (DSSE, "PAE"):

       python3 - <<'END'
       import base64, json
       e = json.load(open("release.dsse.json"))
       p, t = base64.b64decode(e["payload"]), e["payloadType"].encode()
       open("statement.json", "wb").write(p)
       open("signed.bin", "wb").write(b"DSSEv1 %d %s %d %s" % (len(t), t, len(p), p))
       open("signature.bin", "wb").write(base64.b64decode(e["signatures"][0]["sig"]))
       END

2. **Check the signature** (Ed25519, OpenSSL 3):

       openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in signed.bin -sigfile signature.bin

3. **Check the key's id**:

       openssl pkey -pubin -in public-key.pem -outform DER | tail -c 32 | sha256sum

4. **Check every file** against the statement:

       python3 - <<'END' | sha256sum -c
       import json
       for s in json.load(open("statement.json"))["subject"]:
           print(s["digest"]["sha256"], "", s["name"])
       END

`evenhand-verify DIR` does all of it at once, with the standard library alone, and names what was changed; the manifest holds a
digest of every block of 1 MiB, so that it can say where.
"""
