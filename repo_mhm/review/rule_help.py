"""What each category of findings rests on, and what somebody can do about one. Pure."""

from __future__ import annotations

from repo_mhm.review.findings import CATEGORIES

_HELP = {
    "removed": (
        "The tree before the change defines the name, the one after it does not, and lines that "
        "the change leaves alone still use it. It is an error where an import, a class or a module "
        "leads to the definition, and a warning where only the name does.",
        "Change the lines listed as well, or keep the old name as an alias.",
    ),
    "signature": (
        "The parameters changed, and calls that the change leaves alone pass arguments that do not "
        "fit the new ones.",
        "Change the calls listed as well, or give new parameters a default.",
    ),
    "result": (
        "What a function gives back changed, or whether it must be awaited, and calls that the "
        "change leaves alone rely on what it gave back before.",
        "Change the calls listed as well.",
    ),
    "abstract": (
        "A class or an interface got a method without a body, and classes that inherit from it do "
        "not define that method. Their bases are all in the repository.",
        "Define the method in the classes listed, or give it a body.",
    ),
    "default": (
        "The default of a parameter changed, and calls that the change leaves alone do not pass "
        "it. It is a warning where one number, text or truth value became another, and a remark "
        "elsewhere: another name may stand for the same value.",
        "Look at the calls listed: they now get another value.",
    ),
    "constant": (
        "The value of a constant changed, and lines that the change leaves alone read it.",
        "Look at the lines listed.",
    ),
    "tests": (
        "Tests use a definition that changed for its users, and the change touches none of them.",
        "Check that the tests listed still say what is meant.",
    ),
    "docs": (
        "Documentation that the change leaves alone names a definition that changed for its users.",
        "Bring the lines listed up to date.",
    ),
    "test-removed": (
        "A test is gone and did not move, and what it tests is still there.",
        "Put it back, or say in the commit why it is not needed.",
    ),
    "co-change": (
        "In the latest commits that touched what this change touches, other files changed as well, "
        "often enough that it is no chance, and this change leaves them alone.",
        "Look whether the files listed need the same change.",
    ),
    "conflict": (
        "An added line has the form of a marker that git writes into a conflict.",
        "Resolve the conflict.",
    ),
    "secret": (
        "An added line holds a key, a token, a password or a private key, by its form or its "
        "label. It is a remark only in tests and documentation.",
        "Take it out and revoke it if it was ever pushed. If it is none, say so in a comment on "
        "its line: `repo-mhm: ignore[secret]`, `pragma: allowlist secret` or `gitleaks:allow`.",
    ),
    "unreviewed": (
        "The review of a file ended with a defect of repo-mhm.",
        "Look at the file yourself, and report the defect.",
    ),
    "arguments": (
        "A call got the same arguments in another order, and its parameters did not change.",
        "Check the order.",
    ),
    "boundary": (
        "All that changed on a line is a comparison, or a number by one, that counts something.",
        "Check the first and the last case.",
    ),
    "condition": (
        "All that changed on a line turns a condition round.",
        "Check that both branches are meant.",
    ),
    "exception": (
        "A handler catches more than it did.",
        "Check that it should hide what it now catches.",
    ),
    "error-handling": (
        "An error that was raised or handled in a definition no longer is.",
        "Check that callers do not rely on it.",
    ),
    "logic": (
        "A model finds the changed words much less likely than the former ones.",
        "Read the line again.",
    ),
}
WEAKNESSES = {
    "arguments": 683,
    "boundary": 193,
    "condition": 697,
    "error-handling": 391,
    "exception": 396,
    "secret": 798,
    "signature": 685,
}
"""The numbers of the weaknesses in MITRE's list (CWE) that categories are about."""


def rule_help(category: str) -> str:
    """What a category rests on and what to do, in Markdown that reads well as text too."""
    meaning, advice = _HELP[category]
    return f"{CATEGORIES[category]}.\n\n{meaning}\n\n{advice}"
