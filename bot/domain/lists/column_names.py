"""What people call the columns of a list, in English, German, French and Spanish.

Names of Control Hub's templates and exports, of VOSS, wxcadm and wxc_sdk are among them. Case,
accents, spaces, hyphens, underscores, and remarks in brackets do not matter.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from bot.core.models.text import fold_loosely
from bot.core.models.webex import OwnerKind


class Field(StrEnum):
    """What a column holds."""

    MAC = "MAC"
    MODEL = "model"
    OWNER = "owner"  # a person or a workspace
    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first name"
    LAST_NAME = "last name"
    WORKSPACE = "workspace"
    TYPE = "type"
    PASSWORD = "password"  # noqa: S105 - the name of a column
    TAGS = "tags"
    LOCATION = "location"
    DEVICE = "device"  # the name of a device, or of its owner
    SECRET = "secret"  # noqa: S105 - a column that is neither read nor given back


# What the answer to a list adds to its columns.
ANSWER_COLUMNS = ("status", "reason", "tracking id")
ROW = "row"  # before them, where the rows do not stand where they stood in the list
OWNERS = (
    Field.OWNER, Field.EMAIL, Field.WORKSPACE, Field.NAME, Field.FIRST_NAME, Field.LAST_NAME,
)  # fmt: skip

# What stands in a column for the type.
_TYPES = {
    OwnerKind.PERSON: (
        "user", "users", "person", "people", "persona", "personne", "benutzer", "nutzer",
        "utilisateur", "usuario", "employee", "mitarbeiter",
    ),
    OwnerKind.WORKSPACE: (
        "workspace", "workspaces", "place", "places", "room", "common area", "arbeitsbereich",
        "raum", "espace de travail", "espace", "salle", "espacio de trabajo", "espacio", "sala",
    ),
}  # fmt: skip
OWNER_TYPES = {name: kind for kind, names in _TYPES.items() for name in names}

_NAMES: Mapping[Field, str] = {
    Field.MAC: """
        mac, mac address, mac addr, mac id, mac no, mac number, phone mac, phone mac address,
        device mac, device mac address, ethernet mac, ethernet mac address, wired mac, lan mac,
        hardware address, mac adresse, mac adr, mac nr, mac nummer, adresse mac, direccion mac,
        dirección mac del teléfono, adresse mac du poste, mac adresse des telefons
    """,
    Field.MODEL: """
        model, device model, phone model, model name, model number, model no, phone type, product,
        product name, product id, modell, telefonmodell, gerätemodell, geraetemodell, modellname,
        telefontyp, gerätetyp, geraetetyp, produkt, modèle, modèle de téléphone, modèle du poste,
        produit, modelo, modelo de teléfono, modelo del teléfono, producto
    """,
    Field.OWNER: """
        owner, user, username, user name, user id, userid, user id/email, user/workspace,
        user or workspace, person or workspace, assigned to, assigned user, belongs to, person,
        employee, member, recipient, login, login name, besitzer, inhaber, eigentümer, benutzer,
        benutzername, nutzer, anwender, mitarbeiter, zugewiesen an, utilisateur,
        nom d'utilisateur, propriétaire, titulaire, personne, attribué à, usuario,
        nombre de usuario, propietario, titular, persona, empleado, asignado a
    """,
    Field.EMAIL: """
        email, e-mail, mail, email address, e-mail address, mail address, email id, user email,
        owner email, owner's email, person email, upn, user principal name, primary email,
        work email, email adresse, mail adresse, emailadresse, adresse e-mail, adresse email,
        adresse mail, courriel, adresse courriel, mél, correo, correo electrónico,
        dirección de correo, dirección de correo electrónico
    """,
    Field.NAME: """
        name, display name, full name, owner name, user display name, person name, anzeigename,
        vollständiger name, nom, nom complet, nom affiché, nombre, nombre completo,
        nombre para mostrar
    """,
    Field.FIRST_NAME: "first name, given name, forename, vorname, prénom, nombre de pila",
    Field.LAST_NAME: """
        last name, surname, family name, nachname, familienname, nom de famille, apellido, apellidos
    """,
    Field.WORKSPACE: """
        workspace, workspace name, place, place name, room, room name, common area, raum, raumname,
        arbeitsbereich, name des arbeitsbereichs, espace, espace de travail, salle,
        espacio de trabajo, espacio, sala
    """,
    Field.TYPE: """
        type, user type, owner type, account type, member type, typ, benutzertyp,
        type d'utilisateur, tipo, tipo de usuario
    """,
    Field.PASSWORD: """
        password, sip password, device password, passwort, sip passwort, kennwort, sip kennwort,
        mot de passe, mot de passe sip, contraseña, contraseña sip
    """,
    Field.TAGS: """
        tag, tags, device tag, device tags, label, labels, etikett, etiketten, markierung,
        markierungen, schlagwort, schlagworte, schlagwörter, étiquette, étiquettes, etiqueta,
        etiquetas
    """,
    Field.LOCATION: """
        location, location name, site, standort, emplacement, site géographique, ubicación, sede
    """,
    Field.DEVICE: """
        device, device name, phone name, gerät, gerätename, geraetename, telefonname, appareil,
        nom de l'appareil, nom du poste, dispositivo, nombre del dispositivo, nombre del teléfono
    """,
}
_SECRETS = (
    "password", "passwort", "passwd", "kennwort", "passcode", "passphrase", "motdepasse",
    "contrasena", "secret", "token", "activationcode", "accesscode", "aktivierungscode",
    "zugangscode", "codedactivation", "codeactivation", "codigodeactivacion", "authcode",
)  # fmt: skip
_SECRET_NAMES = frozenset({
    "code", "codes", "pin", "pins", "pwd", "pw", "pass", "puk", "voicemailpin", "sippwd",
})  # fmt: skip
_SECRET_WORDS = frozenset({"pin", "pins", "pwd", "pw", "psw", "puk", "mdp"})  # in any name
_REMARK = re.compile(r"\([^()]*\)|\[[^][]*\]")
MAX_NAME = 80  # characters; a longer text is not the name of a column


def name_key(text: str) -> str:
    """The letters and digits of a column's name: `MAC-Adresse (Pflicht)` → macadresse."""
    return re.sub(r"[^a-z0-9]", "", fold_loosely(_REMARK.sub(" ", text[:MAX_NAME])))


_FIELDS: Mapping[str, Field] = {
    name_key(name): field for field, names in _NAMES.items() for name in names.split(",")
}


def field_of(name: str) -> Field | None:
    """What a column of this name holds; None if that is not known."""
    key = name_key(name)
    if len(name) > MAX_NAME:
        return None
    return _FIELDS.get(key) or (Field.SECRET if _is_secret(name, key) else None)


def follows_row(names: Sequence[str]) -> bool:
    """Whether the columns of an answer have the numbers of the rows before them."""
    return any(pair == (ROW, ANSWER_COLUMNS[0]) for pair in pairwise(names))


def _is_secret(name: str, key: str) -> bool:
    words = re.findall(r"[a-z]+", fold_loosely(name))
    is_named = key in _SECRET_NAMES or not _SECRET_WORDS.isdisjoint(words)
    return is_named or any(secret in key for secret in _SECRETS)
