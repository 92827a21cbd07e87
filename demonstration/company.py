"""Harbour Retail: its departments, teams, people and how they feel about the initiative.

Invented and fixed. Levels are resistance in points per source; a team's own peaks stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NAME = "Harbour Retail"

#: resistance of the whole company, before a team's own peaks
LEVELS = {
    "understanding": 38,
    "attitudes": 37,
    "complacency": 31,
    "leadership": 43,
    "silos": 46,
    "fear_of_change": 40,
    "job_loss": 33,
    "mistakes": 44,
    "tooling": 49,
    "training": 45,
    "time": 52,
}


@dataclass(frozen=True)
class TeamPlan:
    """A team: its size, its manager, how many answer and where it differs (in points).

    The last ones of it have no e-mail address, and are among those who have not answered.
    """

    name: str
    size: int
    manager: str
    answers: int
    peaks: dict[str, int] = field(default_factory=dict)
    without_email: int = 0


DEPARTMENTS: dict[str, tuple[str, tuple[TeamPlan, ...]]] = {
    "Stores": (
        "Marta Lindqvist",
        (
            TeamPlan("Northgate", 19, "Owen Price", 15, {"tooling": 18, "time": 8}),
            TeamPlan("Quayside", 18, "Sofia Brandt", 14, {"leadership": 12}),
            TeamPlan("Old Town", 16, "Milan Novak", 12, {"training": -6, "time": 12}),
            TeamPlan("Airport", 10, "Aisha Rahman", 5, {"fear_of_change": 12, "time": 10}),
            TeamPlan("Station", 7, "Jonas Weber", 4, {"fear_of_change": 10, "time": 8}),
        ),
    ),
    "Contact centre": (
        "Ines Okafor",
        (
            TeamPlan(
                "Calls A", 22, "Tom Reyes", 19, {"time": 22, "training": 20, "mistakes": 10}, 3
            ),
            TeamPlan("Calls B", 20, "Priya Nair", 16, {"mistakes": 22, "tooling": 8}, 2),
            TeamPlan("Chat and mail", 15, "Lena Vogt", 11, {}),
            TeamPlan("Back office", 6, "Karl Sommer", 5, {}),
        ),
    ),
    "Logistics and IT": (
        "Peter Hansen",
        (
            TeamPlan("Delivery", 22, "Luis Ortega", 17, {"silos": 20, "leadership": 8}),
            TeamPlan("Returns", 10, "Nadia Petrov", 7, {"silos": 22, "job_loss": 20}),
            TeamPlan("Service IT", 15, "Emil Fischer", 12, {"time": 14, "silos": 10}),
        ),
    ),
}

#: how the company stood half a year before: as now where nothing is said
SPRING_LEVELS = {**LEVELS, "understanding": 41, "silos": 44, "training": 48, "time": 50}
#: what stood higher in a team then, before it did something about it, or where that changed nothing
SPRING_PEAKS = {
    "Calls A": {"time": 16, "training": 14, "mistakes": 6, "understanding": 22},
    "Quayside": {"leadership": 14},
}

#: flat team: what is high elsewhere is a little lower here, so that nothing can be told apart
LEVEL_FOR_FLAT_TEAMS = 44
PULL_OF_THE_COMPANY = 0.35
FLAT_TEAMS = ("Chat and mail", "Back office")

#: a statement on which a whole team agrees shows what the gate does about it
UNANIMOUS = {"Old Town": "job_loss"}

DIRECTOR = "Daniel Meyer"
HR = "Helen Kowalski"
REVIEWER = "Rosa Lindgren"
ADMINISTRATOR = "Alex Morgan"

#: who signs in at the demonstration, and as what
SIGN_INS = {
    HR: "HR: the whole organisation",
    "Ines Okafor": "manager of the contact centre",
    "Tom Reyes": "manager of Calls A",
    "Aisha Rahman": "manager of Airport, reported with Station",
    REVIEWER: "reviewer of comments",
    ADMINISTRATOR: "administrator",
}

COMMENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "Calls A": (
        (
            "Give us ten minutes after a hard call. The next one is on the line before I have"
            " typed anything.",
            "m",
        ),
        ("We had one training day. Nobody has listened to a call with me since.", "m"),
        ("I know who in delivery can fix it, but I am not allowed to ring them.", "m"),
        (
            "The refund rule changes every month. I would rather pass it on than get it wrong.",
            "m",
        ),
        ("Tom does what he can. The rota leaves him no room either.", "r"),
        ("Whoever counts our calls should spend one day on them.", "h"),
    ),
    "Northgate": (
        ("The till takes two minutes to find an old receipt, with the customer watching.", "m"),
        ("Let us see in the system what the customer was told on the phone.", "m"),
        ("One tablet for the whole floor is not enough.", "m"),
    ),
}

_FIRST = """
Amira Ben Carla Deniz Elif Felix Greta Hugo Irene Jakob Katja Liam Mona Nils Olga Pablo Quentin
Rana Stefan Tara Umut Vera Wanda Xaver Yusuf Zoe Anton Bianca Cem Dora Erik Farah Gino Hanna Ivan
Julia Kofi Laura Marek Nora
"""
_LAST = """
Adler Bauer Costa Dietz Evans Fuchs Garcia Hart Iversen Jung Keller Lopez Maurer Nowak Otto Peters
Quist Roth Schulz Thoma Ulrich Vasquez Winter Yilmaz Ziegler Amsel Berger Clausen Demir Engel
Ferrari Gruber Hoff Ito Jansen Kraus Lang Moser Neri
"""
FIRST_NAMES, LAST_NAMES = _FIRST.split(), _LAST.split()
