"""Which kind a question is of, and of what, by its words alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.question_forms import FORMS
from repo_mhm.answer.question_kind import readings

EXACT = """
definition|where is `Session.send` defined?|Session.send
definition|Where's Session?|Session
definition|where does HTTPAdapter live|HTTPAdapter
definition|go to the definition of get_adapter|get_adapter
definition|Please show me the definition of `send`|send
definition|In which file is the class PreparedRequest declared?|PreparedRequest
definition|which file defines max_redirects|max_redirects
callers|who calls Session.send?|Session.send
callers|show every call of Session.send|Session.send
callees|list what Session.send calls|Session.send
history|what's the last commit that touched get_adapter?|get_adapter
value|What does `stream` of Session.send default to?|Session.send
callers|Can you tell me who's calling send()?|send
callers|callers of send|send
callers|where is get_adapter called from|get_adapter
callers|list all call sites of the method `Session.send` in this repo|Session.send
callers|Session.send callers|Session.send
callers|what functions call `to_native_string`?|to_native_string
callers|who instantiates PreparedRequest|PreparedRequest
uses|usages of DEFAULT_REDIRECT_LIMIT|DEFAULT_REDIRECT_LIMIT
uses|find references to the class Session|Session
uses|Where is `send` used?|send
uses|where do we use CaseInsensitiveDict|CaseInsensitiveDict
uses|is merge_cookies used anywhere?|merge_cookies
importers|who imports src/requests/utils.py?|src/requests/utils.py
importers|which files include exec_stack.h|exec_stack.h
importers|which modules depend on requests/compat.py|requests/compat.py
imports|What does sessions.py import?|sessions.py
imports|imports of src/app.ts|src/app.ts
callees|what does Session.request call?|Session.request
callees|callees of resolve_redirects|resolve_redirects
subclasses|what inherits from BaseAdapter?|BaseAdapter
subclasses|subclasses of AuthBase|AuthBase
subclasses|Which types implement the Writer interface|Writer
bases|base classes of Timeout|Timeout
bases|What does ConnectTimeout inherit from?|ConnectTimeout
overrides|what overrides AuthBase.__call__?|AuthBase.__call__
overrides|where is BaseAdapter.send overridden|BaseAdapter.send
tests|which tests cover Session.send?|Session.send
tests|tests for merge_setting|merge_setting
tests|is get_netrc_auth tested?|get_netrc_auth
contents|what is in src/requests/hooks.py?|src/requests/hooks.py
contents|What is utils.py for?|utils.py
contents|outline of sessions.py|sessions.py
contents|methods of the class Session|Session
value|what is the value of DEFAULT_POOLSIZE?|DEFAULT_POOLSIZE
value|what's REDIRECT_STATI set to|REDIRECT_STATI
signature|signature of Session.send|Session.send
signature|What arguments does `request` take?|request
history|when was Session.send last changed?|Session.send
history|who changed src/requests/sessions.py:120-130 last, and why?|src/requests/sessions.py
history|history of sessions.py|sessions.py
history|who wrote merge_hooks|merge_hooks
history|git blame lines 10-20 of src/app.py|src/app.py
"""

SIBLINGS = """
callers|does anything call Session.send?
callers|is there anything that calls Session.send
callers|Session.send is called by whom?
callers|does Session.send get called anywhere?
uses|does anyone use DEFAULT_POOLSIZE
uses|DEFAULT_POOLSIZE is used where?
subclasses|does anything implement BaseAdapter?
importers|does anything import src/requests/compat.py
definition|Where can I find the definition of Session.send?
definition|where is the class Session located
definition|what file contains `send`
definition|which module is Session in?
definition|locate Session.send
definition|Where do I find HTTPAdapter?
definition|show me where get_adapter is defined
definition|show get_adapter
definition|In what module is merge_setting defined?
definition|what line is merge_setting defined on
definition|point me to Session.send
definition|find the declaration of Session
definition|find Session.send
definition|where is Session class defined?
definition|where in the code is Session.send defined
definition|Where exactly is `Session.send` declared?
definition|jump to Session.send
definition|source of Session.send
callers|what are the callers of Session.send
callers|list callers of Session.send
callers|Who is calling get_adapter?
callers|show me all the places that call get_adapter
callers|find all calls to get_adapter
callers|where does get_adapter get called
callers|where is get_adapter being called
callers|what code calls get_adapter
callers|how many callers does get_adapter have?
callers|which methods invoke get_adapter
callers|get_adapter: who calls it?
callers|who all calls get_adapter
callers|What's calling `get_adapter()`?
callers|which functions are calling get_adapter
callers|where do we call get_adapter
callers|is get_adapter called anywhere
callers|call hierarchy of get_adapter
callers|incoming calls to get_adapter
callers|which places call get_adapter
callers|from where is get_adapter called
callers|where is PreparedRequest instantiated
callers|where are Session objects created
callers|who creates PreparedRequest
uses|where is CaseInsensitiveDict being used
uses|who uses CaseInsensitiveDict
uses|what uses CaseInsensitiveDict?
uses|show references of CaseInsensitiveDict
uses|find all usages of DEFAULT_POOLSIZE
uses|all references to DEFAULT_POOLSIZE
uses|where is DEFAULT_POOLSIZE referenced
uses|list usages of `DEFAULT_POOLSIZE`
uses|In which files is CaseInsensitiveDict used?
uses|which files use CaseInsensitiveDict
uses|usage of CaseInsensitiveDict
uses|Where do they use CaseInsensitiveDict?
uses|where does the code use CaseInsensitiveDict
uses|which functions use the DEFAULT_POOLSIZE constant?
uses|places where DEFAULT_POOLSIZE is used
importers|which files import requests.compat
importers|who imports the module requests.utils
importers|where is src/requests/compat.py imported
importers|where do we import urllib3?
importers|what modules import certs.py
importers|what depends on src/requests/compat.py?
importers|files importing src/requests/compat.py
importers|which modules depend on src/requests/compat.py
imports|what does src/requests/sessions.py import
imports|what are the imports of sessions.py
imports|which modules does sessions.py import?
imports|list imports in sessions.py
imports|what are the dependencies of sessions.py
imports|what does sessions.py depend on
imports|show imports of src/requests/sessions.py
callees|what functions does Session.send call
callees|which methods are called by Session.send
callees|what is called in Session.send
callees|callees of Session.send
callees|what does `Session.send` invoke?
callees|list the calls made by Session.send
callees|calls made in Session.send
callees|functions called by Session.send
callees|which functions does Session.send call, in order?
callees|outgoing calls of Session.send
subclasses|what extends BaseAdapter
subclasses|which classes inherit from BaseAdapter?
subclasses|what classes derive from BaseAdapter
subclasses|list all subclasses of BaseAdapter
subclasses|who subclasses BaseAdapter
subclasses|children of BaseAdapter
subclasses|which classes are derived from BaseAdapter
subclasses|implementations of BaseAdapter
subclasses|classes that inherit from BaseAdapter
subclasses|classes implementing BaseAdapter
subclasses|which structs implement Reader
subclasses|derived classes of BaseAdapter
bases|what does HTTPAdapter inherit from
bases|what is the base class of HTTPAdapter?
bases|what is the superclass of HTTPAdapter
bases|parent class of HTTPAdapter
bases|which class does HTTPAdapter extend?
bases|which interfaces does Excluder implement
bases|what are the parents of HTTPAdapter
bases|what is HTTPAdapter derived from
overrides|which classes override BaseAdapter.send
overrides|what overrides BaseAdapter.send
overrides|overrides of BaseAdapter.send
overrides|where is BaseAdapter.send overridden?
overrides|which subclasses override BaseAdapter.send
overrides|who overrides the method BaseAdapter.send
overrides|which methods override BaseAdapter.send
tests|which tests cover Session.send
tests|what tests exercise Session.send?
tests|where is Session.send tested
tests|is Session.send tested?
tests|tests for Session.send
tests|find tests of merge_setting
tests|which test functions call merge_setting
tests|are there tests for merge_setting
tests|which unit tests use merge_setting
tests|what are the tests for merge_setting
tests|show me the tests that cover merge_setting
tests|which tests test merge_setting?
contents|what is in sessions.py
contents|what's inside src/requests/sessions.py
contents|what does src/requests/sessions.py contain
contents|what does src/requests/sessions.py define
contents|what is the file sessions.py for
contents|what is sessions.py about
contents|purpose of sessions.py
contents|what is the purpose of src/requests/hooks.py?
contents|outline of src/requests/sessions.py
contents|list the functions in sessions.py
contents|which classes are in sessions.py
contents|which functions are defined in sessions.py
contents|what functions does sessions.py define
contents|show me the contents of sessions.py
contents|list methods of Session
contents|what methods does Session have
contents|what's in the module src/requests/hooks.py
contents|symbols in sessions.py
contents|what is defined in sessions.py?
contents|structure of sessions.py
value|what is the value of DEFAULT_POOLSIZE
value|value of DEFAULT_POOLSIZE
value|what is DEFAULT_POOLSIZE set to
value|what's DEFAULT_POOLSIZE
value|DEFAULT_POOLSIZE value
value|what does DEFAULT_POOLSIZE equal
value|what is the default value of timeout in Session.send
value|default of `timeout` for Session.send
value|what is the default timeout of Session.send
value|what is the default for timeout in Session.send?
value|what is the default of the allow_redirects parameter of Session.request
value|which value does DEFAULT_POOLSIZE have
value|what value is DEFAULT_POOLSIZE
value|default value of parameter timeout of HTTPAdapter.send
value|what's the default of pool_maxsize in HTTPAdapter.__init__
value|how large is DEFAULT_POOLSIZE
signature|what is the signature of Session.send
signature|what parameters does Session.send take
signature|what arguments does Session.send accept?
signature|Session.send signature
signature|parameters of Session.send
signature|which arguments does Session.request take
signature|what are the arguments of Session.request?
signature|show me the signature of `Session.request`
signature|args of Session.request
signature|which parameters does the function Session.request have
signature|what are the parameters to Session.request
history|when was Session.send last modified
history|who last changed Session.send?
history|who wrote Session.send
history|who modified Session.send last
history|when did Session.send change
history|why was Session.send changed
history|when was Session.send added
history|who added Session.send
history|who introduced get_adapter
history|history of Session.send
history|git blame src/requests/sessions.py:100
history|blame src/requests/sessions.py:100-120
history|last commit that changed Session.send
history|last change to Session.send
history|what was the last change to Session.send
history|what commit introduced get_adapter?
history|which commit added get_adapter
history|who is the author of get_adapter
history|who touched sessions.py last
history|when was src/requests/sessions.py last touched?
history|why did lines 100-120 of src/requests/sessions.py change
history|when and why was Session.send changed
history|by whom was Session.send last changed
history|recent changes to Session.send
history|commits that touched Session.send
history|git log Session.send
history|who changed line 100 of src/requests/sessions.py
history|When did src/requests/sessions.py:100 last change, and why?
history|when, by whom and why was Session.send last changed?
"""


@pytest.mark.parametrize("case", EXACT.strip().splitlines())
def test_a_question_in_one_of_its_usual_forms_has_its_kind_and_subject(case: str) -> None:
    kind, question, subject = case.split("|")

    first = next(readings(question))

    assert (first.kind, first.subject.text) == (kind, subject)


@pytest.mark.parametrize("case", SIBLINGS.strip().splitlines())
def test_the_siblings_of_the_usual_forms_have_their_kind_too(case: str) -> None:
    kind, question = case.split("|")

    assert next(readings(question)).kind == kind


FREE = """
How does Session handle redirects?
Why does the adapter keep a pool?
What happens when a request times out?
where are sessions closed?
What is the purpose of the hooks dispatch mechanism?
What calls for a custom adapter instead of a hook?
Where should I add a new authentication scheme?
What is Session?
what does Session.send do?
How is the Session class tested against proxies?
who decides which adapter is used?
why do the tests use a local server
Which classes should I change to support HTTP/3?
How do Session.request and Session.send differ?
what is it called by
who uses it?
where is that defined
Why is Session.send slow?
where is the timeout handled
how is send called by the adapter when redirects happen
which function should I override to change retries
What calls should I avoid in an async context?
what is used for parsing
who maintains this project
how do I use Session
where is the configuration
what happens when Session.send raises
explain Session.send
what does Session.send return when it fails
what does get_adapter do
what is HTTPAdapter?
What is the relationship between Session and HTTPAdapter?
find bugs in sessions.py
show me how to use Session
what is the difference between Session.send and Session.request
summarize sessions.py
when is get_adapter called?
when are hooks called
where are tests
what tests are there
which tests fail
why was this built
what changed recently
what is in this repo
which module handles authentication
which file contains the logic for redirects
where is redirect logic implemented
What does the Session class do when a connection fails?
how many tests are there
which classes are there
is there a retry mechanism
What value is returned when parsing fails?
Which parameters control the timeout?
what is the purpose of Session
where does the request get its headers
who is responsible for closing connections
Which methods does a subclass need to implement?
find where cookies are set
does Session support proxies
what are the main classes
"""


@pytest.mark.parametrize("question", FREE.strip().splitlines())
def test_a_question_that_code_alone_cannot_answer_has_no_kind(question: str) -> None:
    assert list(readings(question)) == []


def test_a_plain_word_counts_only_where_the_form_can_mean_nothing_else() -> None:
    assert [reading.kind for reading in readings("callers of send")] == ["callers"]
    assert list(readings("where is authentication implemented")) == []
    assert [reading.kind for reading in readings("where is `send` implemented")] == ["definition"]
    assert [reading.kind for reading in readings("where is the send method")] == ["definition"]


def test_the_default_of_a_parameter_is_a_value() -> None:
    for question in (
        "default of timeout in HTTPAdapter.send",
        "What is the default value of the parameter timeout of HTTPAdapter.send?",
        "what does `timeout` default to in HTTPAdapter.send",
    ):
        first = next(readings(question))
        assert (first.kind, first.subject.text, first.parameter) == (
            "value",
            "HTTPAdapter.send",
            "timeout",
        )


def test_a_subject_may_be_limited_to_a_file_or_a_class() -> None:
    in_file = next(readings("who calls send in adapters.py")).subject
    in_class = next(readings("where is the send method of the Session class")).subject

    assert (in_file.text, in_file.scope) == ("send", "adapters.py")
    assert (in_class.text, in_class.scope) == ("send", "Session")


def test_lines_are_part_of_the_subject() -> None:
    subject = next(readings("blame src/app.py:12-20")).subject

    assert (subject.text, subject.start, subject.end) == ("src/app.py", 12, 20)


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    kinds = {kind for kind, _ in FORMS}

    assert all(reading.kind in kinds and reading.subject.text for reading in readings(text))


@given(
    st.lists(st.sampled_from("who calls what is the of in `x` default X.y".split()), max_size=40)
)
def test_long_questions_end_soon(words: list[str]) -> None:
    assert len(list(readings(" ".join(words)))) < 200
