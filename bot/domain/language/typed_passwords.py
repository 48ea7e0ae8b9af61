"""Takes passwords out of what people type: only a form may hold one. Pure."""

import re

NOTE = (
    "Your message has a password. I did not use or keep it: passwords are typed into the form only."
    " Please delete your message, and choose another password."
)
_LABEL = (
    r"(?:sip[ \t-]+)?(?:password|passwort|passwd|passcode|pwd|pw|kennwort|contraseña|\w+ de passe)"
)
_WITH = r"(?:,[ \t]*)?\b(?:and[ \t]+)?(?:with|using|mit|avec|con)[ \t]+(?:(?:a|the|this)[ \t]+)?"
# What people say about a password, in the reason of a rejection for example.
_SAID_OF_ONE = (
    r"(?:not|no|too|the|a|an|in|still|wrong|bad|weak|short|missing|lost|unknown|known|empty|invalid|"
    r"expired|old|new|same|default|needed|required|forgotten|falsch|nicht|zu|unbekannt|incorrect|"
    r"incorrecta|faux|manquant|set|gone|public)"
)
_IS = rf"[ \t]*(?:[:=]|\b(?:is|ist|est|es)\b(?![ \t]+{_SAID_OF_ONE}\b))[ \t]*[:=]?[ \t]*"
# A mention stands for a person. A person may be named behind the word, too.
_VALUE = r"(?!PEOPLE:)(?!(?:for|in|at|für|of)\b)(?:\"[^\"\n]+\"|“[^”\n]+”|'[^'\n]+'|[^\s]+)"
_TYPED = re.compile(
    rf"{_WITH}{_LABEL}(?:{_IS}|[ \t]+){_VALUE}"
    rf"|(?:,[ \t]*)?\b{_LABEL}{_IS}{_VALUE}"
    # Without a sign of what follows, it is a password if it is no plain word: `password a1b2c3`.
    rf"|(?:,[ \t]*)?\b{_LABEL}[ \t]+(?=[^\s]*[\d!$%&*#?@_+^~]){_VALUE}",
    re.IGNORECASE,
)


def without_passwords(text: str) -> tuple[str, bool]:
    """The text without `with password X` and `password: X`, and whether it had one."""
    rest, count = _TYPED.subn(" ", text)
    return (re.sub(" {2,}", " ", rest).strip(), True) if count else (text, False)
