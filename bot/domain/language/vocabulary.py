"""The small words around commands, in English, German, French and Spanish.

The words that name commands and things are in `synonyms.py`.
"""

from collections.abc import Mapping

from bot.domain.language.languages import phrases as _phrases
from bot.domain.language.languages import words as _words

# Between the words of a command they mean nothing.
ARTICLES = _words(
    en="a, an, the, my, our, your, this, that, these, those, me, us, one, new, another, more, "
    "extra, please, all, any, some",
    de="alle, ein, eine, einen, einem, einer, der, die, das, den, dem, mein, meine, mir, uns",
    fr="tous, toutes, un, une, le, la, les, l, des, du, mon, ma, mes, nous, moi",
    es="todos, todas, una, uno, el, los, las, mi, mis, nos",
)
# Before a model: `an 8865`.
INDEFINITE_ARTICLES = _words(en="a, an", de="ein, eine, einen", fr="un, une", es="una")
# Before an owner or a place. French `à` is missing: without its accent it is an English article.
PREPOSITIONS = _words(
    en="for, to, in, at, of, on, into, onto, from, with, belonging, owner, user, person, workspace",
    de="für, fuer, zu, zum, zur, im, bei, vom, von, an, auf, mit",
    fr="pour, au, aux, chez, dans, de, sur, avec",
    es="para, en, al, del, por, con",
)
# What changes nothing at the beginning or the end of a message.
FILLERS = _phrases(
    en="please, pls, plz, kindly, thanks, thank you, thx, cheers, many thanks, thanks a lot, "
    "thank you very much, thanks in advance, asap, now, today, quickly, right now, urgently, just, "
    "also, then, and, ok, okay, yes, yeah, hi, hello, hey, dear, good morning, good afternoon, "
    "if possible, if you can, when possible, when you can, tomorrow, by tomorrow, next week, "
    "no rush, no hurry, "
    "morning, hi there, hi all, hello there, sorry, excuse me, quick question, next, again, "
    "i think, i guess, maybe, perhaps, we should, somebody, someone, anybody, "
    "could somebody, can somebody, could someone, can someone, can anybody, "
    "can you, could you, would you, will you, can we, could we, can i, may i, could i, i want to, "
    "i would like to, i'd like to, i have to, i need to, we need to, i am, i'm, you have to, "
    "you should, we have to, let us, let's, lets, want to, need to, to, would you mind, "
    "do me a favour and, do me a favor and, help me, help me to, go ahead and, don't forget to, "
    "do not forget to, try to, i, we, you, it is, it's, its, is it possible to, how about, "
    "what about, there is, there's, here is, here's",
    de="hallo, bitte, danke, vielen dank, kannst du, könntest du, können sie, ich, wir, es ist, "
    "hinzu",
    fr="s'il vous plaît, s'il te plaît, svp, stp, merci, peux-tu, pouvez-vous, je voudrais, je, "
    "nous, il, il me, c'est, bonjour, salut",
    es="por favor, gracias, puedes, podrías, quisiera, es, hola",
)
# Before a command: it is said not to be done.
NEGATIONS = _phrases(
    en="dont, never, not, no, cannot, cant, wont, shouldnt, without, instead of, rather than",
    de="nicht, kein, keine, keinen, nie, niemals, ohne, statt, anstatt",
    fr="ne, pas, jamais, sans, au lieu de",
    es="nunca, jamás, sin, en vez de",
)
# At the end of a message they negate it: `lösche das nicht`.
NEGATIONS_BEHIND = _words(en="not, never", de="nicht, nie", fr="pas, jamais", es="nunca")
# Alone behind a command they take it back: `delete it? No, don't`, `forget it`.
WITHDRAWALS = _phrases(
    en="never mind, nevermind, forget it, forget that, scratch that, hold on, wait, stop, no, "
    "nope, on second thought, on second thoughts",
    de="nein, vergiss es, warte, lieber nicht, halt, doch nicht",
    fr="non, oublie, attends, finalement non",
    es="no, olvídalo, espera, mejor no",
)
SMALL_WORDS_OF_NEGATIONS = _words(
    en="do, it, that, this, please, better, rather, yet, today, now, so, you, actually, ok, just, "
    "i",
    de="das, es, bitte, lieber, noch, heute, jetzt",
    fr="le, la, ça, encore, plutôt",
    es="lo, la, eso, todavía, mejor",
)
# Before `do it` they mean no more, but what is done at once must be said without them.
ASKS_PERMISSION = _phrases(
    en="can i, may i, could i, can we, could we, is it possible to, how about, what about, "
    "i think, i guess, maybe, perhaps, we should, somebody, someone, anybody"
)
# Behind a comma: what follows corrects what was said.
REVISIONS = _phrases(
    en="no wait, wait no, wait, i meant, i mean, or rather, rather, correction, make that, "
    "scratch that, oops, actually, actually no, no actually, sorry no, no sorry, sorry i meant, "
    "sorry it is, sorry it's, i meant to say",
    de="nein warte, ich meine, ich meinte, besser gesagt, korrektur, doch lieber, vielmehr",
    fr="non attends, je veux dire, pardon, correction, plutôt",
    es="no espera, quiero decir, perdón, mejor dicho, corrección",
)
SHORT_REVISIONS = _words(en="no, sorry", de="nein", fr="non", es="no")
# Alone in the first line, or before a name and a comma: a letter.
GREETINGS = _words(
    en="hi, hello, hey, dear, morning", de="hallo, liebe, lieber, moin, guten", fr="bonjour, salut",
    es="hola, buenos, buenas, estimado, estimada",
)  # fmt: skip
# Of an email, with a colon behind.
SENDERS = _words(en="from", de="von", fr="de", es="de")
SUBJECTS = _words(en="subject", de="betreff", fr="objet", es="asunto")
HEADERS = _words(
    en="sent, to, cc, bcc, date",
    de="gesendet, an, datum",
    fr="envoyé, à",
    es="enviado, para, fecha",
)
# Alone in a line: the signature begins.
SIGN_OFFS = _words(
    en="regards, best regards, kind regards, warm regards, best wishes, best, cheers, thanks, "
    "thank you, many thanks, thanks and regards, sincerely, yours sincerely, yours, br, kr",
    de="mit freundlichen grüßen, freundliche grüße, viele grüße, beste grüße, grüße, gruß, mfg, "
    "vg, lg, danke, vielen dank",
    fr="cordialement, bien cordialement, bien à vous, merci, merci beaucoup",
    es="saludos, un saludo, saludos cordiales, atentamente, gracias",
)
# They only point to a list, and name nothing in it: `the following devices`, `the attached file`.
POINTS_TO_LIST = _words(
    en="these, those, them, following, below, attached, attachment, list, file, csv, excel, sheet, "
    "spreadsheet, table, here, all, phones, devices, people, users, owners, rooms, macs",
    de="diese, folgende, folgenden, unten, liste, datei, tabelle, anbei, alle, hier",
    fr="ces, ceux, suivants, suivantes, liste, fichier, tableau",
    es="estos, estas, siguientes, lista, archivo, tabla",
)
# They begin another clause.
CONJUNCTIONS = _words(en="and, but, so, then", de="und, aber, dann", fr="mais, puis", es="pero")
# Before a command: it is not to be done, but asked about, told, or a condition.
QUESTIONS = _phrases(
    en="did, didn't, was, were, had, why, when, who, whether, if, unless, before, after, until, "
    "happens, happen, should i, should we, shall i, shall we, has anyone, has anybody, "
    "has someone, has somebody, have you, has he, has she",
    de="warum, wann, wer, ob, wenn, falls, bevor, nachdem, hat, hast, soll ich, sollen wir",
    fr="pourquoi, quand, qui a, si, avant de, avant que, est-ce que tu as, dois-je",
    es="por qué, cuándo, quién, si, antes de, debo",
)
# With `have` and `get` they ask; nothing is wanted: `what phone does Kim have`.
QUESTION_WORDS = _words(
    en="what, which, who, whose, how, why, does, did",
    de="was, welche, welches, welchen, wer, wessen, warum",
    fr="quel, quels, quelle, quelles, pourquoi",
    es="qué, cuál, quién, por qué",
)
# States of devices and what `not` makes of them.
OPPOSITE_STATES: Mapping[str, str] = {
    "online": "offline",
    "connected": "offline",
    "reachable": "offline",
    "registered": "unregistered",
    "offline": "online",
    "disconnected": "online",
    "down": "online",
}
# What stands behind them is not meant, or is what something else takes the place of.
INSTEAD_OF = _phrases(
    en="instead of, rather than, in place of, in lieu of",
    de="statt, anstatt, anstelle von",
    fr="au lieu de, à la place de",
    es="en vez de, en lugar de",
)
# What stands behind them is not meant.
EXCLUSIONS = _phrases(
    en="not, but not, and not, except, excluding",
    de="nicht, außer",
    fr="sauf",
    es="excepto",
)
# They end what was excluded: `not for Jack but for Bob`.
CONTRASTS = _words(en="but", de="sondern", fr="mais", es="sino")
BECAUSE = _phrases(
    en="because, because of, due to, since, cause, cuz, coz, b/c, as it is, as it's, as it was",
    de="weil, wegen, da ja",
    fr="parce que, à cause de",
    es="porque, ya que, debido a",
)  # fmt: skip
# At the end of a message they say why: `…, display broken`, `… it's broken`.
DEFECTS = _words(
    en="broken, dead, died, defective, faulty, damaged",
    de="kaputt, kaputte, kaputten, defekt, defekte, defekten",
    fr="cassé, cassée",
    es="roto, rota",
)
# Of two phones, the one that goes.
OLD = DEFECTS | _words(
    en="old, previous, current, existing",
    de="alt, alte, altes, alten, bisherige, bisherigen",
    fr="ancien, ancienne, vieux",
    es="viejo, antiguo",
)
# Of two phones, the one that comes stands behind these.
REPLACED_BY = _words(
    en="with, by, through", de="mit, durch, gegen", fr="avec, par, contre", es="con, por"
)
# Behind the new phone: what goes was named before.
IN_ITS_PLACE = _phrases(
    en="in its place, in her place, in his place, in their place", de="an seiner stelle",
    fr="à sa place", es="en su lugar",
)  # fmt: skip
# The new phone stands before them, the old one behind them.
REPLACES = _words(
    en="replaces, replacing, swaps, exchanges, takes", de="ersetzt", fr="remplace",
    es="reemplaza, sustituye",
)  # fmt: skip
REPLACEMENT = _words(en="replacement", de="ersatz", fr="remplacement", es="reemplazo")
# Between two phones they swap them as well: `change 00:11:22:33:44:55 to D8:2E:3E:EF:4E:5C`.
CHANGES = _words(en="change, changes, upgrade, rma", de="wechsle, wechseln", fr="changer, change")
# Behind these stands who gets a phone that somebody has.
RECIPIENTS = _words(en="to, onto, into", de="zu, zum, zur, an, nach", fr="au, aux, chez", es="al")
# Of these verbs `a` stands before who gets it. In English it is an article.
MOVES_WITH_A = _words(
    fr="déplacer, déplace, déplacez, transférer, transfère, transférez, réattribuer",
    es="mover, mueve, trasladar, traslada, transferir, transfiere, reasignar, reasigna",
)
# Behind these stands who has it now.
HOLDERS = _words(en="from", de="vom", es="desde")
# `Give the phone of Kim to Sam`, `Sam gets Kim's phone`.
GIVES = _words(en="give, hand, assign", de="gib, geben", fr="donne, donner, donnez", es="dale, dar")
TAKES = _words(
    en="gets, get, receives, takes, inherits", de="bekommt, übernimmt", fr="reçoit, prend",
    es="recibe, toma",
)  # fmt: skip
# `Kim's phone goes to Sam`.
GOES = _words(en="goes, go", de="geht, gehen", fr="va, aller", es="va, ir")
BACK = _words(en="back", de="zurück")  # `give Kim's phone back to Sam`
# Before a name: `my colleague Sam Stone`.
COLLEAGUES = _words(
    en="colleague, coworker", de="kollege, kollegin, kollegen", fr="collègue", es="colega"
)
LABELS_OF_REASONS = _words(en="reason", de="grund", fr="raison, motif", es="motivo, razón")
# Labels in front of a value, as scanners and spreadsheets print them: the value says what it is.
LABELS = _words(
    en="mac, model, type, product, pid, email, mail, name",
    de="modell, adresse",
    fr="modèle, adresse",
    es="modelo, dirección",
)
# The value behind these means nothing here.
IGNORED_LABELS = _words(
    en="sn, s/n, serial, rev, revision, vid, p/n, pn, cpn, sku, upc, ean, clei, fcc, hw, version, "
    "onboardingmethod",
    de="seriennummer",
    fr="série",
)
# Between what is asked for and its owner: `Kim needs it`, `which phones does Erin have`.
AUXILIARIES = _words(
    en="is, are, be, it, its, do, does, did, there, what, which, who, whose, called, named, how, "
    "many, that, we, have, has",
    de="ist, sind, es, welche, namens",
    fr="est, sont, quels, quelles, appelé, appelée, nommé",
    es="está, están, son, qué, llamado, llamada",
)
ROLES = frozenset({"viewer", "technician", "engineer", "approver", "admin"})
# A role without a location, as people say it.
EVERYWHERE = _words(
    en="everywhere, anywhere, all, all locations, all sites, whole organization, whole company",
    de="überall, alle, alle standorte",
    fr="partout",
    es="todas partes",
)
ALL = _words(en="all", de="alle", fr="tous, toutes", es="todas")
