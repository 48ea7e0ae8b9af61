"""Commands about requests: lists, one request, decisions. `bot.requests` answers them."""

import re

from bot.core.models.people import Role
from bot.core.models.request_codes import find_codes, likely_code, telling_words
from bot.domain.commands import RequestCommand
from bot.domain.language.arguments import PUNCTUATION, Arguments
from bot.domain.pages import split_page
from bot.domain.policy import EVERYBODY, Decision, Rule
from bot.domain.text_readers import non_empty

_BECAUSE = re.compile(r"(?:^|(?<=[\s,;:(]))because\b[\s:,]*", re.IGNORECASE)
# A decision with one of them is for later, or for a case only.
_LIMITS = frozenset({"if", "unless", "until", "when", "once", "later", "tomorrow", "or"})
# A reason may have `not`; these negate the verb itself: `lehne 7K3F nicht ab`.
_LIMITS_OF_REJECTION = _LIMITS | {"nicht", "nie", "pas", "jamais", "nunca"}
_NEGATIONS = frozenset(
    {"not", "no", "never", "but", "except", "only", "without", "instead", "wait"}
)
_STATUS_WORDS = frozenset({"status", "my", "the", "of", "is", "what", "what's", "show"})
# What people call a request that can be stopped; a code has a digit, so none of them is one.
_KINDS = re.compile(r"\b(?:swap|move|undo|replacement|that|this|it)\b", re.IGNORECASE)
_POLITE = re.compile(r"\b(?:please|pls|thanks|thank you|thx)\b", re.IGNORECASE)


def read_code(arguments: Arguments) -> dict[str, str]:
    """`request 69fw please` → the code, wherever it stands; empty if there is none."""
    return non_empty(text=likely_code(arguments.raw) or likely_code(arguments.text))


def read_stopped(arguments: Arguments) -> dict[str, str]:
    """`stop 69fw`, `stop that swap` → the code; empty if the request is called by its kind."""
    named = read_code(arguments)
    return {} if _KINDS.fullmatch(named.get("text", "")) else named


def read_listing(arguments: Arguments) -> dict[str, str]:
    """`requests page 2` → the page; `requests 69FW` → the code."""
    _, number = split_page(arguments.text)
    code = "".join(find_codes(arguments.text)[:1])
    return non_empty(text=code, listing=f"page {number}" if number > 1 else "")


def read_confirmation(arguments: Arguments) -> dict[str, str]:
    """`confirm 7K3F because it is broken` → the code and the reason; either may be missing."""
    because = _BECAUSE.search(arguments.raw)
    if because is None:
        return read_code(arguments)
    code = likely_code(arguments.raw[: because.start()])
    return non_empty(text=code, reason=arguments.raw[because.end() :].strip())


def is_bare_code(arguments: Arguments) -> bool:
    """A code alone. One of digits only may be an extension."""
    words = [token.text.upper() for token in arguments.tokens]
    return not arguments.alias and find_codes(arguments.source) == words and not words[0].isdigit()


def asks_for_status(arguments: Arguments) -> bool:
    """`status`, `what's the status of 7K3F?`: of requests, as no device is named."""
    words = {token.word for token in arguments.tokens}
    codes = {code.lower() for code in find_codes(arguments.source)}
    return "status" in words and words <= _STATUS_WORDS | codes


def read_decision(arguments: Arguments) -> dict[str, str]:
    """`request 7K3F because it is too expensive` → code and reason; either may be missing.

    A code within the reason does not count. Of two codes, `other` is the second.
    """
    text = arguments.raw
    because = _BECAUSE.search(text)
    subject = text[: because.start()] if because else text
    codes = find_codes(subject)
    code = codes[0] if codes else likely_code(subject)
    reason = _text_behind(code, subject)
    if because:
        reason = f"{reason} {text[because.start() if reason else because.end() :]}"
    others = [other for other in codes[1:] if other != code]
    return non_empty(request=code, reason=reason.strip(), other="".join(others[:1]))


def _text_behind(code: str, subject: str) -> str:
    """The reason without “because”: what follows the code, or all of it if there is no code."""
    match = re.search(rf"\b{re.escape(code)}\b", subject, re.IGNORECASE)
    reason = _POLITE.sub("", subject[match.end() if match else 0 :]).strip(PUNCTUATION)
    return reason if telling_words(reason) else ""


def names_request_only(text: str) -> bool:
    """Whether the text behind `cancel` names a request, or nothing: not `the order for Kim`."""
    codes = find_codes(text)
    others = [word for word in telling_words(_POLITE.sub("", text)) if word.upper() not in codes]
    return len(others) + len(codes) <= 1


def is_clear(text: str) -> bool:
    """`7K3F`, `7K3F because it is urgent`; not `7K3F tomorrow`, `7K3F only if Kim agrees`."""
    return _decides(text, _LIMITS_OF_REJECTION | _NEGATIONS | {"for"})


def is_clear_stop(text: str) -> bool:
    """`7K3F`, `the swap 7K3F`, `that move`; not `the swap of Kim`."""
    return is_clear(_KINDS.sub("", text))


def is_clear_rejection(text: str) -> bool:
    """`7K3F too expensive`, `because it is too late`; not `access to Sam`, `or approve 7K3F`."""
    return _decides(text, _LIMITS_OF_REJECTION)


def _decides(text: str, limits: frozenset[str]) -> bool:
    because = _BECAUSE.search(text)
    subject = text[: because.start()] if because else text
    codes = find_codes(subject)
    if not codes:
        return names_request_only(subject)
    start = subject.upper().index(codes[0])
    words = [word.lower() for word in re.findall(r"[\w'’]+", subject[start:])]
    is_limited = any(word in limits or re.search("n['’]t$", word) for word in words)
    return not (telling_words(_POLITE.sub("", subject[:start])) or is_limited)


REQUESTS = RequestCommand(
    name="requests",
    usage=("requests",),
    aliases=("my requests",),
    help="List your requests: first what was confirmed, then the newest drafts",
    examples=("requests", "requests page 2"),
    read=read_listing,
    claims=asks_for_status,
    group="Requests",
    rule=Rule(EVERYBODY),
    guide=(("see your requests", "requests"),),
)
DRAFTS = RequestCommand(
    name="drafts",
    usage=("drafts",),
    aliases=("my drafts",),
    help="List your forms that are not finished, and your plans that are not confirmed",
    examples=("drafts", "drafts page 2"),
    follows="requests",
    read=read_listing,
)
REQUEST = RequestCommand(
    name="request",
    usage=("request CODE",),
    help="Show one of your requests",
    examples=("request QH4A", "QH4A"),
    group="Requests",
    read=read_code,
    claims=is_bare_code,
    guide=(("see your requests", "request QH4A"),),
)
CONFIRM = RequestCommand(
    name="confirm",
    usage=("confirm CODE",),
    help="Go on with a plan, as its button Confirm does; without a code, with your only open plan",
    examples=("confirm QH4A", "confirm QH4A because the phone is broken"),
    group="Requests",
    read=read_confirmation,
    is_clear=is_clear,
    acts=True,
)
CANCEL = RequestCommand(
    name="cancel",
    usage=("cancel CODE",),
    help="End a request that has not begun; without a code, the newest that is open",
    examples=("cancel QH4A", "cancel"),
    group="Requests",
    read=read_code,
    guide=(("see your requests", "cancel QH4A"),),
    is_clear=is_clear,
    acts=True,
)
UNDO = RequestCommand(
    name="undo",
    usage=("undo CODE",),
    help="Take back what a request did, with a plan first; without a code, your last change",
    examples=("undo QH4A", "undo"),
    group="Requests",
    read=read_code,
    is_clear=is_clear,
    acts=True,
)
STOP = RequestCommand(
    name="stop",
    usage=("stop CODE",),
    help="Stop a request that is running: the step being sent is finished, no other begins. "
    "Cancel one that has not begun",
    examples=("stop QH4A", "stop"),
    group="Requests",
    read=read_stopped,
    is_clear=is_clear_stop,
    acts=True,
)
RETRY = RequestCommand(
    name="retry",
    usage=("retry CODE",),
    aliases=("retry failed",),
    help="Check those rows of a list again that were not done, with a plan first; without a code, "
    "of your last list",
    examples=("retry QH4A", "retry"),
    read=read_code,
    is_clear=is_clear,
    acts=True,
)
APPROVALS = RequestCommand(
    name="approvals",
    usage=("approvals",),
    help="List the requests that wait for your approval",
    examples=("approvals",),
    group="Approvals",
    rule=Rule({Role.APPROVER: Decision.DO}),
    help_button="Approvals",
)
APPROVE = RequestCommand(
    name="approve",
    usage=("approve CODE",),
    help="Approve a request; without a code, the only one that waits for you",
    examples=("approve QH4A", "approve"),
    group="Approvals",
    follows="approvals",
    read=read_decision,
    is_clear=is_clear,
    acts=True,
)
REJECT = RequestCommand(
    name="reject",
    usage=("reject CODE because REASON",),
    aliases=("deny", "decline"),
    help="Reject a request; without a code, the only one that waits for you",
    examples=("reject QH4A because the phone is still in use", "decline because it is too late"),
    group="Approvals",
    follows="approvals",
    read=read_decision,
    is_clear=is_clear_rejection,
    acts=True,
)
