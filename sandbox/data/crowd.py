"""Names of many people and rooms, for large organizations. Everything in it is invented."""

from typing import Final

FIRST_NAMES: Final = (
    "Adele", "Björn", "Chloé", "Dmitri", "Elif", "Farid", "Gudrun", "Hannes", "Irma", "Jörg",
    "Katarína", "Liam", "Maëlle", "Noor", "Oskar", "Pilar", "Quentin", "Rosa", "Søren", "Thandi",
    "Ulla", "Viktor", "Wanda", "Xenia", "Yusuf", "Zoltán", "Amara", "Benoît", "Carmen", "Dario",
    "Edda", "Fynn", "Greta", "Hiro", "Ivana", "Jonas", "Keiko", "Lukas", "Marta", "Nils",
)  # fmt: skip
LAST_NAMES: Final = (
    "Aigner", "Baumann", "Calloway", "Delacroix", "Engström", "Fontaine", "Grünwald", "Hartley",
    "Ivarsson", "Jankowski", "Köhler", "Lefèvre", "Moreno", "Nakamura", "Okafor", "Petrov",
    "Quinlan", "Rasmussen", "Sørensen", "Tavares", "Ulrich", "Vaughan", "Wójcik", "Xu", "Yıldız",
    "Zimmer", "Albrecht", "Brandão", "Castellano", "Dvořák", "Eriksen", "Faure", "Garnier",
    "Holmberg", "Iversen", "Jensen", "Kovács", "Lindholm", "Marchetti", "Novotný", "Olivier",
    "Pereira", "Rousseau", "Schäfer", "Thorne", "Urbina", "Vogel", "Whitfield", "Young", "Zeller",
)  # fmt: skip
ROOMS: Final = ("Meeting Room", "Lab", "Lobby", "Workshop", "Classroom", "Ward", "Gate", "Office")
