"""Wordings to start an assessment from; people change them before anybody is asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from resistance.models import localized


@dataclass(frozen=True)
class Initiative:
    """A customer-service change in a few words and in one sentence, in each language."""

    name_en: str
    purpose_en: str
    name_de: str
    purpose_de: str

    @property
    def name(self) -> str:
        return localized(self, "name")

    def as_initial(self) -> dict[str, str]:
        return asdict(self)


INITIATIVES: dict[str, Initiative] = {
    "first-contact": Initiative(
        name_en="One-call resolution",
        purpose_en="We want to settle every customer request the first time.",
        name_de="Lösung beim ersten Anruf",
        purpose_de="Wir wollen jedes Anliegen unserer Kundschaft beim ersten Mal lösen.",
    ),
    "same-day": Initiative(
        name_en="An answer the same day",
        purpose_en="We want every customer to get an answer on the day they write.",
        name_de="Antwort am selben Tag",
        purpose_de="Wir wollen jeder Kundin und jedem Kunden am selben Tag antworten.",
    ),
    "complaints": Initiative(
        name_en="Complaints as help",
        purpose_en="We want to take up every complaint and learn from it.",
        name_de="Beschwerden als Hilfe",
        purpose_de="Wir wollen jede Beschwerde aufnehmen und daraus lernen.",
    ),
    "personal": Initiative(
        name_en="Personal advice",
        purpose_en="We want to advise customers by what they need, not by a script.",
        name_de="Persönliche Beratung",
        purpose_de="Wir wollen nach dem Bedarf beraten und nicht nach einem Leitfaden.",
    ),
}
