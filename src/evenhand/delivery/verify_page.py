"""The page in every release that says how to check it with tools we did not write."""

from __future__ import annotations


def verify_page(key_id: str) -> bytes:
    """VERIFY.md. key_id: of the key that signed; the reader compares it with what the contract says."""
    return _PAGE.replace("KEY_ID", key_id).encode()


_PAGE = """# Checking this release

You need nothing of ours. The key that signed is

    KEY_ID

Compare it with the one in your contract: a key that came with the files proves only that the files belong together.

Run the commands in this folder; they write to a folder of their own, so that nothing is added here.

1. **Take the statement out of its envelope** and rebuild what was signed (DSSE, "PAE"):

       export work="$(mktemp -d)"
       python3 - <<'END'
       import base64, json, os
       e = json.load(open("release.dsse.json"))
       p, t = base64.b64decode(e["payload"]), e["payloadType"].encode()
       os.chdir(os.environ["work"])
       open("statement.json", "wb").write(p)
       open("signed.bin", "wb").write(b"DSSEv1 %d %s %d %s" % (len(t), t, len(p), p))
       open("signature.bin", "wb").write(base64.b64decode(e["signatures"][0]["sig"]))
       s = json.loads(p)["subject"]
       open("SHA256SUMS", "w").write("".join(f"{f['digest']['sha256']}  {f['name']}\\n" for f in s))
       END

2. **Check the signature** (Ed25519, OpenSSL 3), with the key from your contract in place of `public-key.pem`:

       openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in "$work/signed.bin" -sigfile "$work/signature.bin"

3. **Check the key's id**:

       openssl pkey -pubin -in public-key.pem -outform DER | tail -c 32 | sha256sum

4. **Check every file** against the statement:

       sha256sum --check --strict "$work/SHA256SUMS"

   Nothing else may be in this folder but `release.dsse.json` itself, and the proof of step 5:

       find . -type f -printf '%P\\n' | grep -vx -e release.dsse.json -e delivery.tlog-proof | sort > "$work/here"
       cut -c 67- "$work/SHA256SUMS" | sort | diff "$work/here" -

5. **Check that the signing is in your log.** `delivery.tlog-proof` (C2SP tlog-proof) holds the entry, its place, the hashes up to a
   signed checkpoint, and its witnesses. It is in the archive from some ten seconds after the release is ready; before that, fetch
   it later by its name, like any file of the release. `evenhand-verify DIR --policy FILE` checks it, with your contract's policy.

`evenhand-verify DIR` does all of it at once, with Python's standard library alone, and names what was changed; the manifest holds a
digest of every block of 1 MiB, so that it can say where. `mlcroissant validate --jsonld croissant.json` reads the card.
"""
