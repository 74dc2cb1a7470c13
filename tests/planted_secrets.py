"""Planted secrets: invented keys and passwords of many kinds, in the contexts that hide them.

Nothing here is a secret, and nothing is stored that a scanner would take for one: prefixes are put
together, and values drawn, when a corpus is made. The same seed makes the same corpus.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
BASE62 = LOWER + UPPER + DIGITS
BASE64, URL64, HEX = BASE62 + "+/", BASE62 + "-_", DIGITS + "abcdef"
BASE32 = UPPER + "234567"
BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"


class Planted(NamedTuple):
    """A secret in a file: `secret` must never be seen again."""

    kind: str
    context: str
    path: str
    text: str
    secret: str


class _Draw:
    """Draws characters."""

    def __init__(self, random_source: random.Random) -> None:
        self.random = random_source

    def __call__(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def password(self) -> str:
        """As a person or a generator makes one: letters, digits and a sign or two."""
        word = self(LOWER, self.random.randint(4, 6)).capitalize()
        sign = self.random.choice("!@#%^*?+~")
        return f"{word}{self(DIGITS, 2)}{sign}{self(BASE62, self.random.randint(3, 6))}"

    def uuid(self) -> str:
        return "-".join(self(HEX, length) for length in (8, 4, 4, 4, 12))


def _join(*parts: str) -> str:
    return "".join(parts)


# Kinds: the name a secret goes by, and the secret. The name matters only where the format of the
# secret says nothing.

Kind = tuple[str, Callable[[_Draw], str]]

FORMATS: dict[str, Kind] = {
    "AWS access key": ("AWS_ACCESS_KEY_ID", lambda d: _join("AK", "IA") + d(BASE32, 16)),
    "GitHub classic": ("GITHUB_TOKEN", lambda d: _join("gh", "p_") + d(BASE62, 36)),
    "GitHub fine-grained": (
        "GH_TOKEN",
        lambda d: _join("github", "_pat_") + d(BASE62, 22) + "_" + d(BASE62, 59),
    ),
    "GitLab": ("GITLAB_TOKEN", lambda d: _join("gl", "pat-") + d(URL64, 20)),
    "Slack bot": (
        "SLACK_TOKEN",
        lambda d: _join("xo", "xb-") + f"{d(DIGITS, 12)}-{d(DIGITS, 12)}-{d(BASE62, 24)}",
    ),
    "Stripe": ("STRIPE_KEY", lambda d: _join("sk", "_live_") + d(BASE62, 24)),
    "Google API": ("GOOGLE_API_KEY", lambda d: _join("AI", "za") + d(URL64, 35)),
    "Google OAuth": ("GOOGLE_CLIENT_SECRET", lambda d: _join("GOC", "SPX-") + d(URL64, 28)),
    "npm": ("NPM_TOKEN", lambda d: _join("np", "m_") + d(BASE62, 36)),
    "PyPI": ("PYPI_TOKEN", lambda d: _join("py", "pi-AgEIcHlwaS5vcmc") + d(URL64, 80)),
    "Anthropic": ("ANTHROPIC_API_KEY", lambda d: _join("sk-", "ant-api03-") + d(URL64, 93) + "AA"),
    "OpenAI": ("OPENAI_API_KEY", lambda d: _join("sk-", "proj-") + d(URL64, 74)),
    "Hugging Face": ("HF_TOKEN", lambda d: _join("h", "f_") + d(LOWER + UPPER, 34)),
    "Heroku": ("HEROKU_API_KEY", lambda d: _join("HR", "KU-AA") + d(URL64, 58)),
    "Mailgun": ("MAILGUN_API_KEY", lambda d: _join("ke", "y-") + d(HEX, 32)),
    "Mailchimp": ("MAILCHIMP_KEY", lambda d: d(HEX, 32) + "-us" + d("123456789", 1)),
    "DigitalOcean": ("DO_TOKEN", lambda d: _join("do", "p_v1_") + d(HEX, 64)),
    "Shopify": ("SHOPIFY_TOKEN", lambda d: _join("shp", "at_") + d(HEX, 32)),
    "Databricks": ("DATABRICKS_TOKEN", lambda d: _join("da", "pi") + d(HEX, 32)),
    "Vault": ("VAULT_TOKEN", lambda d: _join("hv", "s.") + d(URL64, 24)),
    "age": ("AGE_KEY", lambda d: _join("AGE-", "SECRET-KEY-1") + d(BECH32, 58)),
    "SendGrid": (
        "SENDGRID_API_KEY",
        lambda d: _join("S", "G.") + d(URL64, 22) + "." + d(URL64, 43),
    ),
    "Twilio": ("TWILIO_KEY", lambda d: _join("S", "K") + d(HEX, 32)),
    "Square": ("SQUARE_TOKEN", lambda d: _join("sq0", "atp-") + d(URL64, 22)),
    "New Relic": ("NEW_RELIC_KEY", lambda d: _join("NR", "AK-") + d(UPPER + DIGITS, 27)),
    "Linear": ("LINEAR_KEY", lambda d: _join("lin", "_api_") + d(BASE62, 40)),
    "Postman": ("POSTMAN_KEY", lambda d: _join("PM", "AK-") + d(HEX, 24) + "-" + d(HEX, 34)),
    "Terraform": ("TF_TOKEN", lambda d: d(BASE62, 14) + _join(".atl", "asv1.") + d(BASE62, 67)),
    "Grafana": ("GRAFANA_TOKEN", lambda d: _join("gl", "sa_") + d(BASE62, 32) + "_" + d(HEX, 8)),
    "Doppler": ("DOPPLER_TOKEN", lambda d: _join("dp.", "pt.") + d(BASE62, 43)),
    "RubyGems": ("GEM_KEY", lambda d: _join("ruby", "gems_") + d(HEX, 48)),
    "Docker Hub": ("DOCKER_TOKEN", lambda d: _join("dckr", "_pat_") + d(URL64, 27)),
    "Telegram": ("TELEGRAM_TOKEN", lambda d: d(DIGITS, 10) + _join(":A", "A") + d(URL64, 33)),
    "Azure client secret": ("AZURE_CLIENT_SECRET", lambda d: d(BASE62, 3) + "8Q~" + d(BASE62, 34)),
    "web token": (
        "SESSION_JWT",
        lambda d: _join("ey", "J") + d(URL64, 33) + ".ey" + "J" + d(URL64, 60) + "." + d(URL64, 43),
    ),
    "random base62": ("SERVICE_TOKEN", lambda d: d(BASE62, 40)),
    "random base64": ("ENCRYPTION_KEY", lambda d: d(BASE64, 43) + "="),
    "AWS secret key": ("AWS_SECRET_ACCESS_KEY", lambda d: d(BASE64, 40)),
}
"""Recognisable wherever they stand."""

LABELLED: dict[str, Kind] = {
    "password": ("DB_PASSWORD", lambda d: d.password()),
    "hex key": ("SECRET_KEY", lambda d: d(HEX, 32)),
    "long hex key": ("ENCRYPTION_KEY", lambda d: d(HEX, 64)),
    "client secret": ("CLIENT_SECRET", lambda d: d(LOWER + DIGITS, 32)),
    "UUID key": ("HEROKU_API_KEY", lambda d: d.uuid()),
    "short token": ("ACCESS_TOKEN", lambda d: d(BASE62, 16)),
    "Datadog": ("DD_API_KEY", lambda d: d(HEX, 32)),
    "passphrase": ("PASSPHRASE", lambda d: "-".join(d(LOWER, 5) for _ in range(4)) + d(DIGITS, 2)),
}
"""Recognisable by the names before them."""

# Contexts: a path, and the text around a secret.

Context = Callable[[str, str], tuple[str, str]]


def _camel(name: str) -> str:
    first, *others = name.lower().split("_")
    return first + "".join(word.capitalize() for word in others)


CONTEXTS: dict[str, Context] = {
    "Python": lambda n, v: ("a.py", f'import os\n\n{n} = "{v}"\n'),
    "Python dictionary": lambda n, v: (
        "b.py",
        f"settings = {{'host': 'db', '{n.lower()}': '{v}', 'port': 1}}\n",
    ),
    "keyword argument": lambda n, v: (
        "c.py",
        f'client = connect("db", {n.lower()}="{v}", port=1)\n',
    ),
    "default": lambda n, v: ("d.py", f'def connect({n.lower()}: str = "{v}") -> None: ...\n'),
    "environment default": lambda n, v: ("e.py", f'x = os.environ.get("{n}", "{v}")\n'),
    "docstring": lambda n, v: ("f.py", f'def connect():\n    """Connect with {n}={v} only."""\n'),
    "comment above": lambda n, v: ("g.go", f"// {n}: {v}\nfunc Connect() int {{ return 1 }}\n"),
    "JavaScript": lambda n, v: ("a.js", f"const {_camel(n)} = '{v}';\n"),
    "TypeScript": lambda n, v: ("a.ts", f"export const c = {{ {_camel(n)}: '{v}', port: 1 }};\n"),
    "Go": lambda n, v: ("a.go", f'package a\n\nconst {_camel(n)} = "{v}"\n'),
    "Java": lambda n, v: ("A.java", f'class A {{ static final String {n} = "{v}"; }}\n'),
    "Java call": lambda n, v: ("B.java", f'class B {{ void b() {{ c.set("{n}", "{v}"); }} }}\n'),
    "Ruby": lambda n, v: (
        "a.rb",
        f"config.{n.lower()} = '{v}'\nopts = {{ :{n.lower()} => '{v}' }}\n",
    ),
    "PHP": lambda n, v: ("a.php", f"<?php\ndefine('{n}', '{v}');\n"),
    "Rust": lambda n, v: ("a.rs", f'const {n}: &str = "{v}";\n'),
    "C#": lambda n, v: ("a.cs", f'class A {{ string {_camel(n)} = "{v}"; }}\n'),
    "C": lambda n, v: ("a.c", f'#define {n} "{v}"\nconst char *{n.lower()} = "{v}";\n'),
    "Kotlin": lambda n, v: ("a.kt", f'val {_camel(n)}: String = "{v}"\n'),
    "JSON": lambda n, v: ("a.json", json.dumps({"host": "db", n.lower(): v}, indent=2) + "\n"),
    "JSON, one line": lambda n, v: (
        "b.json",
        json.dumps({"host": "db", _camel(n): v, "x": "y" * 9}),
    ),
    "YAML": lambda n, v: ("a.yaml", f"db:\n  host: db\n  {n.lower()}: {v}\n"),
    "YAML, quoted": lambda n, v: ("b.yml", f'{n}: "{v}"\n'),
    "YAML, folded": lambda n, v: ("c.yaml", f"{n.lower()}: >-\n  {v}\nnext: 1\n"),
    "Kubernetes": lambda n, v: (
        "d.yaml",
        f"env:\n  - name: {n}\n    value: {v}\n  - name: OTHER\n    value: x\n",
    ),
    "TOML": lambda n, v: ("a.toml", f'[db]\n{n.lower()} = "{v}"\n'),
    "INI": lambda n, v: ("a.ini", f"[db]\n{n.lower()} = {v}\n"),
    "properties": lambda n, v: ("a.properties", f"spring.{n.lower().replace('_', '.')}={v}\n"),
    ".env": lambda n, v: (".env", f"HOST=db\n{n}={v}\nPORT=1\n"),
    "Dockerfile": lambda n, v: ("Dockerfile", f"FROM a\nENV {n} {v}\nENV A=b {n}={v}\n"),
    "shell": lambda n, v: ("a.sh", f"export {n}={v}\nrun --{n.lower().replace('_', '-')} '{v}'\n"),
    "shell default": lambda n, v: ("b.sh", f'X="${{{n}:-{v}}}"\n'),
    "curl header": lambda n, v: ("c.sh", f'curl -H "Authorization: Bearer {v}" https://a.b/c\n'),
    "XML": lambda n, v: ("a.xml", f"<db><{n.lower()}>{v}</{n.lower()}></db>\n"),
    "XML attribute": lambda n, v: ("b.xml", f'<add key="{n}" value="{v}" />\n'),
    "Markdown": lambda n, v: ("a.md", f"# Use\n\nSet `{n}` to `{v}` first.\n"),
    "Markdown table": lambda n, v: ("b.md", f"| name | value |\n|---|---|\n| {n} | {v} |\n"),
    "HTML": lambda n, v: ("a.html", f'<input type="hidden" name="{n.lower()}" value="{v}">\n'),
    "template": lambda n, v: ("a.j2", f'{n.lower()}: {{{{ x | default("{v}") }}}}\n'),
    "Terraform": lambda n, v: ("a.tf", f'variable "x" {{\n  {n.lower()} = "{v}"\n}}\n'),
    "SQL": lambda n, v: ("a.sql", f"INSERT INTO s (name, value) VALUES ('{n}', '{v}');\n"),
    "log": lambda n, v: ("a.log", f"2024-01-01 INFO connect {n.lower()}={v} host=db\n"),
    "address": lambda n, v: ("h.py", f'URL = "https://a.b/c?page=2&{n.lower()}={v}&x=1"\n'),
    "escaped JSON": lambda n, v: ("i.py", f'BODY = "{{\\"{n.lower()}\\": \\"{v}\\"}}"\n'),
}
"""For every kind."""

ODD_CONTEXTS: dict[str, Context] = {
    "heading": lambda n, v: ("h.md", f"# {v}\n\nText.\n\n## Other\n\nMore.\n"),
    "JSON key": lambda n, v: ("k.json", json.dumps({"users": {v: {"id": 1}}}) + "\n"),
    "YAML key": lambda n, v: ("k.yaml", f"users:\n  {v}: 1\n"),
    "TOML key": lambda n, v: ("k.toml", f'[users]\n"{v}" = 1\n'),
    "HTML id": lambda n, v: ("k.html", f'<div id="{v}">x</div>\n'),
    "link": lambda n, v: ("l.md", f"See [the page](https://a.b/c/{v}/d).\n"),
    "plain comment": lambda n, v: ("l.py", f"# {v}\ndef connect():\n    return 1\n"),
    "docstring alone": lambda n, v: ("m.py", f'class A:\n    """{v}"""\n\n    x = 1\n'),
    "list": lambda n, v: ("n.py", f'ITEMS = ["a", "{v}", "b"]\n'),
}
"""For kinds whose format says what they are: nothing else does."""
_NAMES = frozenset(BASE62 + "_")


def _special(d: _Draw) -> Iterator[Planted]:
    """Secrets that only stand in one kind of file."""
    p = d.password()
    yield Planted("netrc", "file", ".netrc", f"machine a.b\n  login me\n  password {p}\n", p)
    p = d.password()
    yield Planted("pgpass", "file", ".pgpass", f"db.a.b:5432:main:me:{p}\n", p)
    t = d(BASE62, 36)
    yield Planted("npmrc", "file", ".npmrc", f"//registry.a.b/:_authToken={t}\n", t)
    t = base64.b64encode(f"me:{d.password()}".encode()).decode()
    yield Planted("npmrc auth", "file", ".npmrc", f"_auth={t}\n", t)
    t = base64.b64encode(f"robot:{d.password()}".encode()).decode()
    auths = {"auths": {"https://index.a.b/v1/": {"auth": t}}}
    yield Planted("docker auth", "file", "config.json", json.dumps(auths, indent=1), t)
    t = base64.b64encode(f"me:{d.password()}".encode()).decode()
    yield Planted("basic header", "file", "r.http", f"GET /a\nAuthorization: Basic {t}\n", t)
    t = base64.b64encode(f"me:{d.password()}".encode()).decode()
    yield Planted(
        "basic header", "code", "r.js", f"headers: {{ 'Authorization': 'Basic {t}' }}\n", t
    )
    yield from _special_addresses(d)
    yield from _special_keys(d)


def _special_addresses(d: _Draw) -> Iterator[Planted]:
    """Passwords in addresses, connection strings and commands."""
    p = d.password()
    text = f'C = "Server=db;Database=a;User Id=sa;Password={p};Encrypt=True"\n'
    yield Planted("MSSQL", "code", "s.py", text, p)
    p = d.password()
    text = f"Driver={{ODBC Driver 18}};Server=db;UID=sa;PWD={p};\n"
    yield Planted("ODBC", "settings", "s.config", text, p)
    t = d(BASE64, 86) + "=="
    text = f'C = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={t};EndpointSuffix=x"\n'
    yield Planted("Azure AccountKey", "code", "t.py", text, t)
    p = d.password().replace("@", "!").replace("#", "!").replace("?", "!")
    yield Planted("database address", "code", "u.py", f'U = "postgres://me:{p}@db:5432/a"\n', p)
    p = d.password().replace("@", "!").replace("#", "!").replace("?", "!")
    yield Planted(
        "address in settings", "settings", "u.env", f"REDIS_URL=redis://:{p}@db:6379/0\n", p
    )
    p = d.password()
    yield Planted("curl user", "shell", "v.sh", f"curl -u me:{p} https://a.b/\n", p)
    p = d.password()
    yield Planted("sshpass", "shell", "w.sh", f"mysql -h db --password={p} main\n", p)


def _special_keys(d: _Draw) -> Iterator[Planted]:
    """Keys in the files that programs keep them in."""
    t = d(BASE64, 43) + "="
    yield Planted("WireGuard", "settings", "wg0.conf", f"[Interface]\nPrivateKey = {t}\n", t)
    t = "$2" + "b$12$" + d(BASE62 + "./", 53)
    yield Planted("bcrypt", "settings", ".htpasswd", f"me:{t}\n", t)
    first, second = d.password(), d(BASE62, 24)
    text = f'X = {{"password": "{first}", "api_token": "{second}"}}\n'
    yield Planted("second key", "code", "x.py", text, second)
    t = d(BASE64, 40)
    text = f"[default]\naws_access_key_id = {_join('AK', 'IA')}{d(BASE32, 16)}\n"
    text += f"aws_secret_access_key = {t}\n"
    yield Planted("AWS credentials", "file", "credentials", text, t)
    for context, indent, joint in (
        ("PEM", "", "\n"),
        ("PEM in YAML", "    ", "\n"),
        ("PEM in JSON", "", "\\n"),
    ):
        lines = [d(BASE64, 64) for _ in range(14)]
        kind = d.random.choice(["RSA ", "EC ", "", "OPENSSH "])
        block = [
            f"-----BEGIN {kind}" + "PRIVATE KEY-----",
            *lines,
            f"-----END {kind}" + "PRIVATE KEY-----",
        ]
        text = joint.join(indent + line for line in block)
        yield Planted("private key", context, "k.txt", f"key: |\n{text}\n", lines[-2])
    lines = [d(BASE64, 64) for _ in range(6)]
    text = "K = '''-----BEGIN " + "PRIVATE KEY-----\n" + "\n".join(lines) + "\n'''\n"
    yield Planted("private key", "cut short", "y.py", text, lines[-1])


def planted(seed: int, count: int) -> list[Planted]:
    """`count` planted secrets: every kind and context in turn, then more of each."""
    source = random.Random(seed)
    draw = _Draw(source)
    result: list[Planted] = []
    while len(result) < count:
        result += list(_special(draw))
        for kinds, contexts in (
            (FORMATS, CONTEXTS | ODD_CONTEXTS),
            (LABELLED, CONTEXTS),
        ):
            for kind, (name, make) in kinds.items():
                for context in source.sample(sorted(contexts), 4):
                    secret = make(draw)
                    if "address" in context and not set(secret) <= set(URL64 + ".~"):
                        context = "JSON"
                    if context == "curl header" and kind in {"password", "passphrase"}:
                        context = "shell"
                    path, text = contexts[context](name, secret)
                    result.append(Planted(kind, context, path, text, secret))
    source.shuffle(result)
    return result[:count]
