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
    BASE_MAC = "base MAC"  # of a DECT base station
    LINE_1 = "line 1"  # of a DECT handset: the owner
    LINE_2 = "line 2"
    HANDSET_NAME = "display name"  # of a DECT handset
    DECT = "base station or owner"  # no column: each row needs one of them
    SECRET = "secret"  # noqa: S105 - a column that is neither read nor given back


# What the answer to a list adds to its columns.
ANSWER_COLUMNS = ("status", "reason", "tracking id")
ROW = "row"  # before them, where the rows do not stand where they stood in the list
OWNERS = (
    Field.OWNER, Field.EMAIL, Field.WORKSPACE, Field.NAME, Field.FIRST_NAME, Field.LAST_NAME,
)  # fmt: skip
# Columns that only lists of DECT have.
OF_DECT = (Field.BASE_MAC, Field.LINE_1, Field.LINE_2, Field.HANDSET_NAME)

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
    Field.BASE_MAC: """
        base mac, base mac address, base, bases, base station, base stations, base station mac,
        base station mac address, base station address, base address, mac of base,
        mac of base station, mac of the base station, dect base, dect base mac, dect base station,
        dect base station mac, dect base station mac address, basis, basis mac, mac basis,
        basisstation, basisstationen, basisstation mac, mac basisstation, mac der basisstation,
        basisstation mac adresse, mac adresse basisstation, mac adresse der basisstation,
        dect basis, dect basisstation, base dect, station de base, stations de base,
        station de base dect, mac station de base, mac de la station de base,
        adresse mac de la station de base, borne, borne dect, mac borne, mac de la borne,
        adresse mac de la borne, estación base, estaciones base, estación base dect,
        mac estación base, mac de la estación base, dirección mac de la estación base
    """,
    Field.LINE_1: """
        line 1, first line, 1st line, primary line, line 1 owner, line 1 user, line 1 member,
        line 1 email, owner 1, user 1, member 1, first user, first member, leitung 1,
        erste leitung, benutzer 1, ligne 1, première ligne, utilisateur 1, línea 1, primera línea,
        usuario 1
    """,
    Field.LINE_2: """
        line 2, second line, 2nd line, secondary line, line 2 owner, line 2 user, line 2 member,
        line 2 email, owner 2, user 2, member 2, second owner, second user, second member,
        leitung 2, zweite leitung, 2. leitung, zweitleitung, benutzer 2, zweiter benutzer, ligne 2,
        deuxième ligne, seconde ligne, 2e ligne, utilisateur 2, deuxième utilisateur, línea 2,
        segunda línea, usuario 2, segundo usuario
    """,
    Field.HANDSET_NAME: """
        handset name, handset display name, handset label, name of handset, name of the handset,
        name on handset, name on the handset, dect name, dect display name, dect handset name,
        mobilteil name, mobilteilname, name des mobilteils, name am mobilteil,
        anzeigename am mobilteil, handgerät name, nom du combiné, nom sur le combiné,
        nom affiché sur le combiné, nombre del terminal, nombre en el terminal,
        nombre del terminal dect
    """,
}
# Names of people in lists of phones, and of handsets in lists of DECT.
_DISPLAY_NAMES = "display name, anzeigename, nom affiché, nombre para mostrar"
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
_DISPLAY_KEYS = frozenset(map(name_key, _DISPLAY_NAMES.split(",")))


def field_of(name: str) -> Field | None:
    """What a column of this name holds; None if that is not known."""
    key = name_key(name)
    if len(name) > MAX_NAME:
        return None
    return _FIELDS.get(key) or (Field.SECRET if _is_secret(name, key) else None)


def is_display_name(name: str) -> bool:
    """Whether a column with a name holds what a display shows: of a handset, the handset's."""
    return name_key(name) in _DISPLAY_KEYS


def follows_row(names: Sequence[str]) -> bool:
    """Whether the columns of an answer have the numbers of the rows before them."""
    return any(pair == (ROW, ANSWER_COLUMNS[0]) for pair in pairwise(names))


def _is_secret(name: str, key: str) -> bool:
    words = re.findall(r"[a-z]+", fold_loosely(name))
    is_named = key in _SECRET_NAMES or not _SECRET_WORDS.isdisjoint(words)
    return is_named or any(secret in key for secret in _SECRETS)
