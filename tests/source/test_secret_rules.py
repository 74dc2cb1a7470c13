"""Rules for secrets, each with what it must not take for one.

The kinds and places are those that an attack from outside has found open. All values are invented,
and put together here so that no scanner takes this file for a leak.
"""

from __future__ import annotations

from base64 import b64encode

import pytest

from repo_mhm.source.redaction import redact

HEX = "5f0967c8" + "70e816d4d703f2bf" + "a51e6322"
LETTERS = "9r1atf5h6oq1" + "xodg666kisdenad1bedac8vvba9n4mrs97qolnzd"
SLACK = "T0XU4Y8TA/B4QHQJ9AJOW/" + "lUDvVsmXkEgtWijsz5jVOIlf"
HASHED = "pbkdf2_sha256$600000$" + "unbSScospFIaRpBoSnCMKe$V8nV3eQ1kPzL0aXy7"
BASE32 = "FATNIUXOOLSUTCGX" + "SC7E66PLUQVK7E7V"
PHRASE = "rocket coffee horse dragon staple"
WALLET = "acid above aerobic actual acoustic absurd add afford age action again actress"
TWITTER = "A" * 21 + "arOMU4V1UGm7DM1HA7VTtSkCNQ" + "%3DHmxHaRyLBzv3NLUS59VeFVpO9PsObAUO3kPq9"
SIGNS = "SzR9v!SSkDOGLR2juxlD0$K(&Q7CgzPKTOpb4!^7TZt-O1Fe"
PASSWORD = "Ezi.zm_" + "gPu7M.u"
SLASHES = "Kn3Hu2TOxpkz7KYky0gcXM/" + "rTPfX7BZHAEckt/7pusA"
PADDED = "SXMxJVoyY3hCdWRZ" + "N154Qw=="
MIXED = "aJzAIDOLmgrlvJfGyhMv" + "mfLqhynkaZlKRxrNMwSh"
ENCODED = b64encode(b"svc:ATBB" + b"uXmJPvdOt8HzxlZVD5wKKq0GVyE4k1").decode()
CALLED = "zEPAoMTSwdvo($mv9" + "XWN0rV6jOYz@kb26X$b"


ENCRYPTED = (
    "NqVwYS81VP7Hb1DX8pPd5khxE3pyIgKpaUnArl63XykW/ZeiNNCiia3anXn9k3ks"
    "u9mI4ROnl89Sm995ytbxA+k7jqevt0MLaMRTvetw0tESulEETldq8b8Vw2zbJYAxyL="
)


@pytest.mark.parametrize(
    ("path", "text", "secret"),
    [
        ("a.java", f'static final String DD_API_KEY_STAGING = "{HEX}";', HEX),
        ("a.yaml", f'- name: SECRET_KEY_BASE\n  value: "{HEX}"', HEX),
        ("a.sh", f"./deploy --secret-key-base {HEX} --wait", HEX),
        ("a.tf", f'variable "api_token_old" {{\n  default = "{HEX}"\n}}', HEX),
        ("a.j2", f'cf_api_key = {{{{ env.X or "{HEX}" }}}}', HEX),
        ("Dockerfile", f'ARG AZURE_DEVOPS_EXT_PAT="{LETTERS}"', LETTERS),
        ("a.ts", f'private readonly azureDevopsExtPat: string = "{LETTERS}";', LETTERS),
        ("a.cs", f'public string VercelToken {{ get; set; }} = "{LETTERS}";', LETTERS),
        ("a.rb", f'{{ host: "x", sessionid: "{LETTERS}" }}', LETTERS),
        ("a.js", f'const url = "https://hooks.slack.com/services/{SLACK}";', SLACK),
        ("a.py", f'monkeypatch.setenv("HASH", "{HASHED}")', HASHED),
        ("a.swift", f'let otp = "otpauth://totp/A:b?secret={BASE32}&issuer=A"', BASE32),
        ("a.js", f'{{ url: "x", passphrase: "{PHRASE}" }}', PHRASE),
        ("a.sh", f'export MNEMONIC="{WALLET}"', WALLET),
        ("a.env", f"TWITTER_BEARER={TWITTER}", TWITTER[21:]),
        ("a.js", f'headers: {{ "secret-key": `{SIGNS}` }}', SIGNS),
        ("a.kt", f'val dsn = "Driver=x;Server=db;Uid=sa;Pwd={PASSWORD};"', PASSWORD),
        ("a.py", f'URL = "jdbc:mysql://db/p?user=root&password={LETTERS[:16]}"', LETTERS[:16]),
        ("a.rb", f'u: "jdbc:mysql://db/p?user=root&password={PASSWORD}"', PASSWORD),
        ("a.csv", f"id,mail,token,name\n1,a@b.c,{HEX},x\n2,a@b.c,,y\n", HEX),
        ("a.csv", f'id;"api key"\n1;"{SLASHES}"\n', SLASHES),
        ("a.tsv", f"user\tdb_password\nme\t{PASSWORD}\n", PASSWORD),
        ("a.md", f"| user | password |\n|---|---|\n| me | `{PASSWORD}` |\n", PASSWORD),
        ("a.py", f'TWILIO_AUTH_TOKEN_LVREFU = "{HEX}"', HEX),
        ("a.java", f'static final String SESSIONID_STAGING = "{LETTERS}";', LETTERS),
        ("a.h", f'#define CO_API_KEY_STAGING "{MIXED}"', MIXED),
        ("a.patch", f"+MNEMONIC=acid {WALLET}\n", WALLET),
        ("a.txt", ENCODED, ENCODED),
        ("a.php", f"define('SECRET_KEY', '{CALLED}');", CALLED),
        ("a.py", "# old ftp pass: rocket" + "Coffee1963", "Coffee1963"),
        ("a.conf", f'proxy_set_header X-passphrase "{PHRASE}";', PHRASE),
        ("a.sh", f"curl -H 'passphrase: {PHRASE}' https://a.b", PHRASE),
        ("a.md", f"## Password: {PADDED}\n", PADDED),
        ("a.py", f'PASSWORD_STAGING = "{PADDED}"', PADDED),
        ("a.properties", f"app.secret.key.base={HEX}", HEX),
        ("a.properties", f"app.spaces.secret.key={SLASHES}", SLASHES),
        ("a.patch", "+X=IQoJb3JpZ2luX2Vj" + LETTERS + LETTERS, LETTERS),
    ],
)
def test_secrets_that_an_outside_attack_found_are_masked(path: str, text: str, secret: str) -> None:
    masked, _ = redact(path, text)
    assert secret not in masked


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.go", "func TestBashCompletionV2WithActiveHelp(t *testing.T) {"),
        ("a.java", "public void testReaderDoesNotTreatU2028U2029AsNewline() {"),
        ("a.md", f"see https://github.com/a/b/commit/c#diff-{HEX}L36 there"),
        ("a.sh", "--extra-cflags <arg>: Pass defines or includes to the compiler"),
        ("a.py", f'KEY_FINGERPRINT = "{HEX}"'),
        (".travis.yml", f'  global:\n    - secure: "{ENCRYPTED}"\n'),
        ("appveyor.yml", f"  token:\n    secure: {ENCRYPTED}\n"),
        ("a.sops.yaml", f"name: ENC[AES256_GCM,data:{ENCRYPTED},iv:x,tag:y,type:str]\n"),
        ("a.txt", b64encode(b"a plain text that says hello to the world").decode()),
        ("a.ts", "if (!(usernamePasswordInOptions || verifyUserInOptions)) {"),
        ("a.rst", "giving users the ability of passing :class:`pytest.ExceptionInfo` on"),
        ("a.rst", "https://httpbin.org/get?key1=value1&key2=value2"),
        ("a.csv", "id,token_count,author\n1,8300217,TestReader7\n"),
        ("a.md", "| option | key |\n|---|---|\n| quit | `Ctrl+Q` |\n"),
        ("a.py", "# pass: it.value2 when there is one"),
        ("a.py", f'AUTH_HASH = "{HEX}"'),
        ("a.py", 'path_default = "some/path/to/Files2Read/inTheRepo"'),
        ("a.py", f'token_sha256 = "{HEX}"'),
        ("a.py", 'token_type = "access_token_v2"'),
        ("a.py", 'password_hasher = "django.contrib.auth.hashers.BCryptSHA256"'),
        ("a.py", 'secret_name = "projects/acme/secrets/db-2"'),
        ("a.py", 'passphrase="enter the words that you have chosen"'),
        ("a.py", 'help="the passphrase: four words with spaces"'),
        ("a.js", "const patch = await diff(path, pattern)"),
    ],
)
def test_what_only_looks_like_a_secret_stays(path: str, text: str) -> None:
    assert redact(path, text) == (text, 0)
