"""A mail server that takes mail and keeps it: aiosmtpd, with a folder for what came and a file for how it behaves.

Promise: what it says it took is a file in FOLDER/mails, as it came over the wire; FOLDER/manner holds one word for how
it treats the next command. Encrypted, it wants the login `crm` with the password `pass:word`.

Usage: mail.py PORT FOLDER [starttls|implicit CERTIFICATE KEY]
"""

import asyncio
import base64
import json
import ssl
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

LOGIN = (b"crm", b"pass:word")


class Keeping:
    """What is done with a mail."""

    def __init__(self, folder, always_encrypted):
        self.folder = folder
        self.always_encrypted = always_encrypted

    def manner(self):
        return (self.folder / "manner").read_text().strip()

    async def handle_RCPT(self, server, session, envelope, address, options):
        match self.manner():
            case "later":
                return "451 4.3.0 Try again later"
            case "refuses":
                return f"550 5.1.1 <{address}> is nobody here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        manner = self.manner()
        if manner == "forgets":
            return "451 4.3.0 It is not kept"
        self.keep(session, envelope)
        if manner == "hangs_up":
            server.transport.abort()
        if manner in ("silent", "hangs_up"):
            await asyncio.Event().wait()
        return "250 2.0.0 OK"

    def keep(self, session, envelope):
        login = session.auth_data.login.decode() if session.authenticated else None
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "login": login,
            "encrypted": self.always_encrypted or session.ssl is not None,
            "raw": base64.b64encode(envelope.content).decode(),
        }
        name = f"{time.time_ns():020}"
        part = self.folder / f"{name}.part"
        part.write_text(json.dumps(mail))
        part.rename(self.folder / "mails" / f"{name}.json")


def authenticate(server, session, envelope, mechanism, given):
    known = (given.login, given.password) == LOGIN
    return AuthResult(success=known, handled=False, auth_data=given if known else None)


def context(certificate, key):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate, key)
    return made


async def main(port, folder, encryption="none", certificate=None, key=None):
    tls = None if encryption == "none" else context(certificate, key)
    handler = Keeping(Path(folder), encryption == "implicit")

    def talk():
        wanted = {} if tls is None else {"authenticator": authenticate, "auth_required": True}
        if encryption == "starttls":
            wanted |= {"tls_context": tls, "require_starttls": True}
        if encryption == "implicit":
            wanted |= {"auth_require_tls": False}
        return SMTP(handler, hostname="mail.test", **wanted)

    at_once = tls if encryption == "implicit" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(talk, "127.0.0.1", int(port), ssl=at_once)
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
