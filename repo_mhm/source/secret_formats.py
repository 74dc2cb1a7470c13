"""Secret formats: keys and tokens that are recognised by how they are spelled, wherever they stand.

Each format is a kind and a pattern. Issuers give their keys a prefix and a fixed alphabet so that
scanners can find them; the patterns are as issuers document them, a little looser in length, since
lengths change. Every pattern begins with letters that are rare in other text, and none can
backtrack far: a token is one run of characters. Pure.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from repo_mhm.source.secret_values import changes

_FORMATS = {
    # Clouds.
    "AWS access key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
    "AWS Bedrock key": r"(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/=]{40,}",
    "AWS session token": r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9+/=]{60,}",
    "AWS marketplace token": r"amzn\.mws\.[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}",
    "Google API key": r"AIza[\w\-]{35}",
    "Google OAuth secret": r"GOCSPX-[\w\-]{20,}",
    "Google OAuth token": r"ya29\.[\w\-.]{30,}|1//0[\w\-]{30,}",
    "Azure client secret": r"[\w~.\-]{3}\dQ~[\w~.\-]{31,34}",
    "Azure key": r"[A-Za-z0-9+/]{76}(?:AzCa|ASt|AIoT|ACDb|AzSe|AzFu|AEH)[A-Za-z0-9+/=]{3,10}",
    "DigitalOcean token": r"do[opr]_v1_[a-f0-9]{64}",
    "Alibaba access key": r"LTAI[A-Za-z0-9]{16,26}",
    "Tencent secret id": r"AKID[A-Za-z0-9]{32}",
    "Heroku key": r"HRKU-[\w\-]{30,}",
    "Fly token": r"fm[12][ra]?_[A-Za-z0-9+/=_]{40,}|FlyV1[ _][\w+/=,]{40,}",
    "Vercel token": r"vc[apirk]_[A-Za-z0-9]{24,}",
    "Netlify token": r"nfp_[A-Za-z0-9]{36,}",
    "Render key": r"rnd_[A-Za-z0-9]{28,}",
    "Cloudflare key": r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}|cf(?:ut|at|k)_[A-Za-z0-9]{40,}",
    "PlanetScale token": r"pscale_(?:tkn|pw|oauth)_[\w\-.=]{32,}",
    "Supabase key": r"sb(?:p|_secret|_publishable|_oauth)_[\w\-]{20,}",
    "Neon key": r"napi_[a-z0-9]{40,}",
    "Terraform token": r"[A-Za-z0-9]{14}\.atlasv1\.[\w\-=]{60,}",
    "Pulumi token": r"pul-[a-f0-9]{40}",
    "Vault token": r"hv[sbr]\.[\w\-]{20,}|s\.[A-Za-z0-9]{24}(?![A-Za-z0-9_])",
    "Doppler token": r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.\-]{32,}",
    "1Password token": r"ops_eyJ[\w+/=\-]{50,}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-){3,5}[A-Z0-9]{5}",
    "Infracost key": r"ico-[A-Za-z0-9]{32}",
    "Scalingo token": r"tk-us-[\w\-]{48}",
    "Yandex key": r"AQVN[\w\-]{35,38}|YC[A-Za-z0-9_\-]{38}(?![\w\-])|y[0-3]_[\w\-]{50,}",
    # Code hosts, package registries, builds.
    "GitHub token": r"gh[pousr]_[A-Za-z0-9_]{30,}|github_pat_[A-Za-z0-9_]{40,}",
    "GitLab token": r"gl(?:pat|ptt|rt|dt|cbt|soat|ft|imt|agent|oas|ffct|wt)-[\w\-.]{18,}"
    r"|GR1348941[\w\-]{20}",
    "Bitbucket token": r"ATBB[A-Za-z0-9]{28,}|ATCTT3[\w\-=]{50,}",
    "Gitea token": r"gitea_[a-f0-9]{40}|gto_[a-f0-9]{40,}",
    "npm token": r"npm_[A-Za-z0-9]{30,}",
    "PyPI token": r"pypi-[A-Za-z0-9_\-]{50,}",
    "RubyGems key": r"rubygems_[a-f0-9]{40,}",
    "crates.io token": r"cio[A-Za-z0-9]{32}(?![A-Za-z0-9])",
    "NuGet key": r"oy2[a-z0-9]{43}(?![a-z0-9])",
    "Clojars token": r"CLOJARS_[a-z0-9]{50,}",
    "Docker token": r"dckr_(?:pat|oat)_[\w\-]{20,}",
    "Artifactory token": r"AKCp[A-Za-z0-9]{10,}|cmVmdGtu[A-Za-z0-9]{40,}",
    "Buildkite token": r"bk(?:ua|ct|at|pat|agent)_[a-z0-9]{30,}",
    "CircleCI token": r"CCIP(?:AT|RJ)_[A-Za-z0-9]{10,}_[a-f0-9]{32,}",
    "SonarQube token": r"sq[apu]_[a-f0-9]{40}",
    "Snyk token": r"snyk_(?:uat|sat)\.[\w.\-]{20,}",
    "Postman key": r"PMA[KT]-[a-f0-9]{24}-[a-f0-9]{34}|PMAT-[A-Z0-9]{26}",
    "Harness token": r"(?:pat|sat)\.[\w\-]{22}\.[a-f0-9]{24}\.[A-Za-z0-9]{20}",
    "Prefect token": r"pn[ub]_[A-Za-z0-9]{36}",
    "ReadMe key": r"rdme_[a-z0-9]{60,}",
    "Octopus key": r"API-[A-Z0-9]{26,}",
    "Sourcegraph token": r"sg[pds]_(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}",
    "LaunchDarkly key": r"(?:api|sdk|mob)-[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}",
    # Models.
    "OpenAI key": r"sk-(?:proj|svcacct|admin|None)-[\w\-]{30,}|sk-[A-Za-z0-9]{20}T3BlbkFJ\w{20}"
    r"|sk-[A-Za-z0-9]{32,}|sess-[A-Za-z0-9]{40}",
    "Anthropic key": r"sk-ant-[\w\-]{24,}",
    "OpenRouter key": r"sk-or-v1-[a-f0-9]{40,}",
    "Hugging Face token": r"(?:hf|api_org)_[A-Za-z0-9]{30,}",
    "Groq key": r"gsk_[A-Za-z0-9]{40,}",
    "xAI key": r"xai-[A-Za-z0-9_\-]{40,}",
    "Perplexity key": r"pplx-[A-Za-z0-9]{40,}",
    "Replicate token": r"r8_[A-Za-z0-9]{30,}",
    "Fireworks key": r"fw_[A-Za-z0-9]{20,}",
    "Cerebras key": r"csk-[a-z0-9]{40,}",
    "NVIDIA key": r"nvapi-[\w\-]{40,}",
    "Tavily key": r"tvly-(?:dev-|prod-)?[A-Za-z0-9_\-]{24,}",
    "Pinecone key": r"pcsk_[\w\-]{40,}",
    "LangSmith key": r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}",
    "Langfuse key": r"sk-lf-[a-f0-9\-]{30,}",
    # Messages, mail.
    "Slack token": r"xox[abeoprs]-[A-Za-z0-9\-]{10,}|xapp-\d-[A-Z0-9]{5,}-\d+-[a-z0-9]{20,}"
    r"|xoxe\.xox[bp]-\d-[\w\-]{40,}",
    "Discord token": r"[MNO][A-Za-z\d_\-]{22,27}\.[A-Za-z\d_\-]{6}\.[A-Za-z\d_\-]{27,}",
    "Mailgun key": r"(?:key|pubkey)-[a-f0-9]{32}(?![a-f0-9])|[a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8}",
    "Mailchimp key": r"[a-f0-9]{32}-us\d{1,2}",
    "Telegram token": r"(?<=[0-9]:)AA[\w\-]{32,}",
    "SendGrid key": r"SG\.[\w\-]{16,32}\.[\w\-]{30,}",
    "Brevo key": r"x(?:keysib|smtpsib)-[a-f0-9]{60,}-[A-Za-z0-9]{16}",
    "Resend key": r"re_[A-Za-z0-9]{8,}_[A-Za-z0-9]{20,}",
    "MailerSend token": r"mlsn\.[a-f0-9]{60,}",
    "Twilio key": r"(?:SK|AC)[a-f0-9]{32}(?![a-f0-9])",
    "Intercom token": r"dG9rO[A-Za-z0-9+/=_\-]{40,}",
    # Payments, shops.
    "Stripe key": r"(?:sk|rk|pk)_(?:live|test|prod)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,}",
    "Square token": r"sq0(?:atp|csp|idp)-[\w\-]{22,43}|EAAA[\w\-]{56,}",
    "Shopify token": r"shp(?:at|ca|pa|ss|tka|ua|ss)_[a-fA-F0-9]{32}",
    "PayPal Braintree token": r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}",
    "Razorpay key": r"rzp_(?:live|test)_[A-Za-z0-9]{14,}",
    "Flutterwave key": r"FLW(?:SECK|PUBK)(?:_TEST)?-[a-h0-9A-Z]{12,}(?:-X)?",
    "Paystack key": r"sk_[a-f0-9]{40}",
    "Plaid token": r"access-(?:sandbox|development|production)-[a-f0-9\-]{36}",
    "EasyPost key": r"EZ[AT]K[A-Za-z0-9]{54}",
    "Shippo token": r"shippo_(?:live|test)_[a-f0-9]{40}",
    "Duffel token": r"duffel_(?:test|live)_[\w\-=]{40,}",
    "Lob key": r"(?:live|test)_(?:pub_)?[a-f0-9]{31,35}(?![a-f0-9])",
    # Work, observation, data.
    "Atlassian token": r"ATATT3[\w\-=]{60,}",
    "Linear key": r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}",
    "Notion token": r"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9])",
    "Airtable token": r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}|key[A-Za-z0-9]{14}(?![A-Za-z0-9])",
    "Figma token": r"fig(?:d|oh|or|u)_[\w\-]{36,}",
    "HubSpot key": r"pat-(?:na|eu)\d-[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}",
    "Typeform token": r"tfp_[\w\-.=]{44,}",
    "Contentful token": r"CFPAT-[\w\-]{40,}",
    "Asana token": r"[12]/\d{10,20}(?:/\d{10,20})?:[a-f0-9]{32}",
    "Databricks token": r"dapi[a-f0-9]{32}(?:-\d)?",
    "Dynatrace token": r"dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
    "New Relic key": r"NR(?:AK|JS|II|RA|AA|IQ)-[A-Za-z0-9_\-]{20,}|[a-f0-9]{36}FFFFNRAL"
    r"|[a-f0-9]{36}NRAL",
    "Grafana token": r"gl(?:sa|c)_[A-Za-z0-9+/=_]{30,}|eyJrIjoi[A-Za-z0-9+/=]{40,}",
    "Sentry token": r"sntry[su]_[A-Za-z0-9+/=_\-]{40,}",
    "PostHog key": r"ph[cx]_[A-Za-z0-9_\-]{30,}",
    "Honeycomb key": r"hc[abx](?:ik|lk|mk)_[a-z0-9]{50,}",
    "Adafruit key": r"aio_[A-Za-z0-9]{28}",
    "Confluent key": r"cflt[A-Za-z0-9/+]{60}",
    "Mapbox token": r"[sp]k\.eyJ[\w\-]{20,}\.[\w\-]{20,}",
    "Facebook token": r"EAA(?:C|MC|[A-Za-z0-9]{2})[A-Za-z0-9]{60,}",
    "Twitter token": r"A{12,}[A-Za-z0-9%]{60,}",
    "Dropbox token": r"sl\.[A-Za-z0-9_\-]{60,}",
    "Frame.io token": r"fio-u-[\w\-=]{64}",
    "Zuplo key": r"zpka_[a-z0-9]{32}_[a-f0-9]{8}",
    "Okta token": r"00[\w\-]{40}(?![\w\-])",
    "Tailscale key": r"tskey-(?:auth|api|client|scim|webhook)?-?[A-Za-z0-9]{8,}-?[A-Za-z0-9]{16,}",
    "ngrok key": r"ngrok_[A-Za-z0-9]{24,}|2[A-Za-z0-9]{26}_[A-Za-z0-9]{20,22}(?![A-Za-z0-9])",
    "Web token (JWT)": r"eyJ[\w\-]{8,}\.(?:eyJ|ey|[\w\-]{10})[\w\-]{6,}\.[\w\-+/=]{10,}"
    r"|eyJ[\w\-]{10,}\.[\w\-]*\.[\w\-]{16,}\.[\w\-]{16,}\.[\w\-]{16,}",
    # Keys of programs.
    "age key": r"AGE-SECRET-KEY-1[A-Z0-9]{50,}|AGE-PLUGIN-[A-Z0-9]+-1[A-Z0-9]{20,}",
    "Nostr key": r"nsec1[a-z0-9]{58}",
    "Bitcoin extended key": r"[xyz]prv[A-Za-z0-9]{100,112}",
}  # fmt: skip

_IS_ANY = re.compile("|".join(f"(?:{pattern})" for pattern in _FORMATS.values()), re.ASCII)
"""Tells ten times as fast that nothing fits: groups keep `re` from comparing first letters."""
_KINDS = tuple(_FORMATS)
_LEAST_CHANGES = 0.15
"""Changes of case from which on a word without a digit is no name, such as `keyboardInterrupt`."""
_DIGIT = re.compile(r"[0-9]")


@cache
def _any() -> re.Pattern[str]:
    """The same with a group for each kind: it takes as long to make, and is rarely needed."""
    return re.compile("|".join(f"({pattern})" for pattern in _FORMATS.values()), re.ASCII)


class FormatMatch(NamedTuple):
    """A key by its format, and where it ends."""

    kind: str
    end: int


def match_format(text: str, start: int) -> FormatMatch | None:
    """The key that begins at `start`, if the text there has one of the formats."""
    match = _any().match(text, start) if _IS_ANY.match(text, start) else None
    if match is None or match.lastindex is None:
        return None
    key = match[0]
    if not (key.isupper() or _DIGIT.search(key) or changes(key) >= _LEAST_CHANGES):
        return None
    return FormatMatch(_KINDS[match.lastindex - 1], match.end())
