"""What people say for the words by which commands and things are named.

To teach provbot a word, add it to its row and language. Commands are named by the first words of
the rows; case, accents, and the articles between two words do not matter.
"""

from collections.abc import Mapping

from bot.domain.language.languages import phrases as _phrases

# The word by which commands are named → what people say for it.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "add": _phrases(
        en="adds, adding, install, register, onboard, enroll, provision, set up, setup, put, "
        "connect, deploy",
        de="hinzufügen, hinzufuegen, füge, anlegen, einrichten, registrieren",
        fr="ajouter, ajoute, ajoutez, installer, enregistrer",
        es="añadir, añade, agregar, agrega, instalar, registrar, alta",
    ),
    # These ask for something only together with a thing: a phone, a model, a code.
    "get": _phrases(
        en="gets, getting, got, give, need, needs, want, wants, have, has, would like, i'd like, "
        "order, assign, receives, send",
        de="brauche, braucht, brauchen, bekomme, bekommt, gib, geben, möchte, möchten",
        fr="donne, donne-moi, donnez-moi, donner, besoin, faut, veut",
        es="necesita, necesito, dar, dale, quiere, quiero",
    ),
    "new": _phrases(
        en="another",
        de="neues, neuer, neue, neuen",
        fr="nouveau, nouvelle, nouvel",
        es="nuevo, nueva",
    ),
    "create": _phrases(
        en="make, build, generate", de="erstellen, erstelle", fr="créer, crée", es="crear, crea"
    ),
    "delete": _phrases(
        en="deleting, remove, erase, del, drop, get rid of, take away, unregister",
        de="löschen, lösche, loeschen, loesche, entfernen, entferne",
        fr="supprimer, supprime, supprimez, enlever, enlève, effacer, efface, retirer",
        es="eliminar, elimina, borrar, borra, quitar, quita",
    ),
    "show": _phrases(
        en="display, details of, info, information on, status of, what is, what's, whats, who has, "
        "who uses, who owns, whose is, where is, where's, what's up with, whats up with, "
        "what is up with",
        de="zeige, zeig, zeigen, wer hat, was ist, wo ist",
        fr="montre, montre-moi, montrez-moi, montrer, afficher, affiche, qui a, quel est, où est",
        es="mostrar, muestra, quién tiene, qué es, dónde está",
    ),
    "list": _phrases(
        en="find, search, search for, look up, lookup, look for, which",
        de="liste, suche, suchen, finde, welche",
        fr="lister, chercher, cherche, trouver, trouve",
        es="listar, lista, buscar, busca",
    ),
    "tag": _phrases(
        en="label",
        de="markiere, markierung, etikett",
        fr="étiqueter, étiquette",
        es="etiquetar, etiqueta",
    ),
    "untag": _phrases(en="unlabel, remove tag, remove tags, delete tag, take tag"),
    "swap": _phrases(
        en="replace, replaces, replacing, be replaced, replacement, exchange, exchanges, "
        "exchanging, be exchanged, swaps, swapping, swap out, be swapped, take the place of, "
        "takes the place of",
        de="tauschen, tausche, austauschen, ersetzen, ersetze, ersetzt, ersatz",
        fr="remplacer, remplace, remplacez, remplacement, échanger, échange, échangez",
        es="reemplazar, reemplaza, reemplazo, sustituir, sustituye, cambiar, cambia",
    ),
    "move": _phrases(
        en="moves, moving, be moved, transfer, transfers, transferring, be transferred, reassign, "
        "be reassigned, re-assign",
        de="umziehen, verschieben, verschiebe, übertragen, übertrage, umhängen",
        fr="déplacer, déplace, déplacez, transférer, transfère, transférez, réattribuer",
        es="mover, mueve, trasladar, traslada, transferir, transfiere, reasignar, reasigna",
    ),
    "approve": _phrases(
        en="accept", de="genehmigen, genehmige", fr="approuver, approuve", es="aprobar, aprueba"
    ),
    "reject": _phrases(
        en="deny, decline, refuse, disapprove",
        de="ablehnen, lehne",
        fr="refuser, refuse, rejeter",
        es="rechazar, rechaza",
    ),
    "confirm": _phrases(
        en="proceed with", de="bestätigen, bestätige", fr="confirmer, confirme", es="confirmar"
    ),
    "cancel": _phrases(
        en="abort, discard, withdraw",
        de="abbrechen, storniere, stornieren",
        fr="annuler, annule",
        es="cancelar, cancela, anular",
    ),
    "undo": _phrases(
        en="revert, take back, roll back",
        de="rückgängig, rückgängig machen, mache rückgängig, zurücknehmen",
        fr="défaire",
        es="deshacer, deshaz",
    ),
    "grant": _phrases(en="authorize, promote"),
    "revoke": _phrases(en="demote"),
    "help": _phrases(
        en="what can you do, how do you work, how does this work, commands, menu, how to, "
        "how do i, how can i, what can i do, what may i do",
        de="hilfe",
        fr="aide",
        es="ayuda",
    ),
    "apply changes": _phrases(
        en="apply the changes, apply all changes, apply new changes, apply pending changes, "
        "apply config, apply the config, apply configuration, apply the configuration, "
        "apply settings, apply the settings, apply new settings, apply the new settings, "
        "resync, re-sync, resynchronize, resynchronise, push changes, push the changes, "
        "push config, push the config, push configuration, push the configuration, "
        "refresh config, refresh the config, refresh configuration, refresh the configuration, "
        "reload config, reload the config, reload configuration, reload the configuration, "
        "reload settings, reload the settings, update config, update the config, "
        "update configuration, update the configuration, update settings, update the settings, "
        "fetch config, fetch the config, fetch configuration, fetch the configuration",
        de="änderungen anwenden, änderungen übernehmen, wende die änderungen, "
        "übernimm die änderungen, konfiguration anwenden, konfiguration neu laden, "
        "konfiguration laden, lade die konfiguration, einstellungen neu laden, "
        "lade die einstellungen",
        fr="appliquer les modifications, applique les modifications, appliquez les modifications, "
        "appliquer les changements, applique les changements, recharger la configuration, "
        "recharge la configuration, rechargez la configuration, resynchroniser, resynchronise",
        es="aplicar cambios, aplicar los cambios, aplica los cambios, recargar la configuración, "
        "recarga la configuración, resincronizar, resincroniza",
    ),
    "sync": _phrases(
        en="synchronize, synchronise, synch",
        de="synchronisiere, synchronisieren",
        fr="synchroniser, synchronise, synchronisez",
        es="sincronizar, sincroniza",
    ),
    # Things. Here phone and device are the same.
    "device": _phrases(
        en="phone, telephone, desk phone, desk set, deskphone, ip phone, "
        # As they are misspelt: behind a verb, they are no name.
        "fone, phnoe, phoen, phon, phne, pohne, hpone, telefone",
        de="telefon, tischtelefon, gerät, apparat",
        fr="téléphone, poste, appareil",
        es="teléfono, dispositivo, equipo",
    ),
    "devices": _phrases(
        en="phones, telephones, desk phones, ip phones",
        de="telefone, geräte, apparate",
        fr="téléphones, postes, appareils",
        es="teléfonos, dispositivos, equipos",
    ),
    "activation code": _phrases(
        en="code for activation",
        de="aktivierungscode, aktivierungs code",
        fr="code d'activation, code d activation",
        es="código de activación",
    ),
    "activation codes": _phrases(
        en="codes for activation",
        de="aktivierungscodes, aktivierungs codes",
        fr="codes d'activation, codes d activation",
        es="códigos de activación",
    ),
    "dect network": _phrases(
        en="dect-network, dect system",
        de="dect netz, dect netzwerk, dect-netz, dect-netzwerk, dect system, dect-system",
        fr="réseau dect",
        es="red dect",
    ),
    "dect networks": _phrases(
        de="dect netze, dect-netze, dect netzwerke",
        fr="réseaux dect, liste des réseaux dect",
        es="redes dect",
    ),
    # With all that belongs to it: it says more than `add`, which `set up` is otherwise.
    "set up dect": _phrases(
        en="setup dect, set up a dect network, set up dect network, set up the dect network, "
        "set up a new dect network, setup dect network, setup a dect network, set up dect system, "
        "set up a dect system, build dect, build a dect network, build the dect network, "
        "build dect network, build dect system, roll out dect, roll out a dect network, "
        "deploy dect, deploy a dect network, deploy dect network, install dect, "
        "install a dect network, install dect network, configure dect, configure a dect network",
        de="dect einrichten, dect aufbauen, dect netz einrichten, dect-netz einrichten, "
        "dect netzwerk einrichten, richte dect ein",
        fr="installer dect, installer le dect, installer un réseau dect, configurer dect",
        es="instalar dect, instalar una red dect, configurar dect, configurar una red dect",
    ),
    "requests": _phrases(de="anfragen, aufträge", fr="demandes", es="solicitudes"),
    "request": _phrases(de="anfrage, auftrag", fr="demande", es="solicitud"),
    "approvals": _phrases(de="genehmigungen", fr="approbations", es="aprobaciones"),
    "access": _phrases(
        en="allowlist, roles, who may do what, who can do what, who is admin, who is an admin, "
        "who is the admin, who are the admins",
        de="zugriff",
        fr="accès",
        es="acceso",
    ),
    "role": _phrases(de="rolle", fr="rôle", es="rol"),
    "tags": _phrases(en="labels", de="markierungen, etiketten", fr="étiquettes", es="etiquetas"),
    "base station": _phrases(
        en="base, bases, base stations, dect base, dect bases, dect base station, "
        "dect base stations",
        de="basisstation, basisstationen, dect-basis, dect-basisstation, dect-basisstationen",
        fr="station de base, stations de base, borne dect, bornes dect",
        es="estación base, estaciones base",
    ),
    "handset": _phrases(
        en="handsets, dect handset, dect handsets, dect phone, dect phones, cordless, "
        "cordless phone, cordless phones, cordless handset, cordless handsets, "
        "hanset, hansets, handest, hand set, hand sets",
        de="mobilteil, mobilteile, dect-telefon, dect-telefone, dect telefon, dect telefone, "
        "schnurlostelefon, schnurlostelefone, schnurloses telefon, schnurlose telefone",
        fr="combiné, combinés, combiné dect, combinés dect, téléphone dect, téléphones dect, "
        "téléphone sans fil, téléphones sans fil",
        es="terminal dect, terminales dect, teléfono dect, teléfonos dect, teléfono inalámbrico, "
        "teléfonos inalámbricos",
    ),
}
