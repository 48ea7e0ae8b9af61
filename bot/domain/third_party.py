"""Third-party phones: their SIP password, and the settings that people enter on them.

Rules: docs/webex/provisioning.md §4.1 and §4.3. Webex manages some of them as it manages Cisco's
phones; all others are managed by the customer and fetch no settings.
"""

from collections.abc import Mapping

from pydantic import SecretStr

from bot.core import api_calls
from bot.core.errors import WebexError
from bot.core.models.webex import Device, PhoneModel, SipSettings
from bot.domain import fallback, unsupported
from bot.domain.forms import ParsedForm
from bot.domain.operation import Context
from bot.domain.plan import Outcome, Step, bare_secret
from bot.domain.unsupported import Feature
from cards.forms import Field

PASSWORD, MANAGED_BY = "password", "managed_by"  # a field, and a detail of a plan
PASSWORD_TITLE = "SIP password"  # noqa: S105 - the name of a fact
# The names of the facts that people enter on a phone which does not fetch its settings.
SETTINGS = USER_NAME, LINE_ID, DOMAIN, PROXY = (
    "SIP user name", "Line ID", "SIP domain", "Outbound proxy",
)  # fmt: skip
ENTERED = "as entered (never shown)"
GENERATED = "made by provbot, shown to the requester alone"
PLUG_IN = "Plug it in: it fetches its settings on its own."
ENTER_SETTINGS = (
    "The phone does not fetch its settings: enter these SIP settings and the password on it."
)
ONLY_ONCE = "The password cannot be shown a second time."
SENT = "The SIP password was sent to the requester in a direct message."
LOST = (
    "provbot made a SIP password, but it was lost with Webex's answer. Please delete the phone"
    " and add it again: then there is a new one."
)
RESTARTED = (
    "provbot was restarted at that moment. If the SIP password did not reach you in a direct"
    " message, it is lost. Please delete the phone and add it again: then there is a new one."
)


def password_field(model: PhoneModel) -> Field:
    """The input for the SIP password."""
    return Field(
        PASSWORD,
        PASSWORD_TITLE,
        "Leave empty: I make one",
        secret=True,
        required=False,
        max_length=80,
        hint=_password_hint(model),
    )


def _password_hint(model: PhoneModel) -> str:
    return (
        f"{model.display_name} is a third-party phone: please give its SIP password, or leave it"
        " empty and press Continue: I make one."
    )


def check_password(form: ParsedForm, model: PhoneModel | None, ctx: Context) -> None:
    """Ask for the password of a model that needs one, unless provbot is to make it."""
    if model is None or not model.wants_password or form.values.get(PASSWORD):
        return
    was_shown = ctx.shown is not None and PASSWORD in ctx.shown.generates
    if PASSWORD not in form.left_empty and not was_shown:
        form.add_error(PASSWORD, _password_hint(model))  # the form shows it as a hint


def is_generated(form: ParsedForm, model: PhoneModel) -> bool:
    """Whether provbot makes the password."""
    return model.wants_password and not form.values.get(PASSWORD)


def shown_password(form: ParsedForm, model: PhoneModel) -> str:
    """Where the password comes from; empty if the model needs none."""
    if not model.wants_password:
        return ""
    return GENERATED if is_generated(form, model) else ENTERED


def details(model: PhoneModel) -> dict[str, str]:
    """What the plan must remember of a model that the customer manages."""
    return {MANAGED_BY: model.managed_by} if model.customer_managed else {}


async def with_settings(outcome: Outcome, step: Step, device: Device, ctx: Context) -> Outcome:
    """The outcome with what must be entered on the phone, if the customer manages it."""
    if MANAGED_BY not in step.details:
        return outcome
    settings = await _settings(device, ctx)
    facts = _facts(settings)
    note = ENTER_SETTINGS if facts else api_calls.SIP_SETTINGS.without
    return outcome.model_copy(update={"facts": (*outcome.facts, *facts), "notes": (note,)})


async def _settings(device: Device, ctx: Context) -> SipSettings:
    """Empty where Webex does not tell them, as in Webex for Government."""
    if unsupported.gap(Feature.THIRD_PARTY_DETAILS, government=ctx.government):
        return SipSettings()
    settings = await fallback.read_or_error_briefly(ctx.calling.sip_settings(device))
    return SipSettings() if isinstance(settings, WebexError) else settings


def _facts(settings: SipSettings) -> tuple[tuple[str, str], ...]:
    facts = (
        (USER_NAME, settings.user_name),
        (LINE_ID, settings.line_id),
        (DOMAIN, settings.domain),
        (PROXY, settings.outbound_proxy),
    )
    return tuple(fact for fact in facts if fact[1])


def makes_password(step: Step) -> bool:
    """Whether provbot makes the password of the phone that the step adds."""
    return PASSWORD in map(bare_secret, step.generates)


def with_password(outcome: Outcome, step: Step, secrets: Mapping[str, str]) -> Outcome:
    """The outcome with the password that provbot made, for the requester alone."""
    if not makes_password(step):
        return outcome
    shown = {
        "secret": SecretStr(secrets[PASSWORD]),
        "secret_title": PASSWORD_TITLE,
        "secret_facts": tuple(fact for fact in outcome.facts if fact[1] != GENERATED),
        "secret_notes": (*outcome.notes, ONLY_ONCE),
        "secret_lost": RESTARTED,
        "notes": (*outcome.notes, SENT),
    }
    return outcome.model_copy(update=shown)


def without_password(outcome: Outcome, step: Step) -> Outcome:
    """The outcome of a change whose answer was lost, and with it the password."""
    if not makes_password(step):
        return outcome
    return outcome.model_copy(update={"notes": (*outcome.notes, LOST)})
