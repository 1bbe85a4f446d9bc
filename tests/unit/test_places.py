"""Places: found, chosen by context, kept apart from persons; texts of our own."""

from __future__ import annotations

import pytest

from worker.enrich.places import Places
from worker.errors import ConfigError
from worker.model import Article, Enriched, Place
from worker.registry import build_enrichers

PLACES = Places()


def places(body: str) -> dict[str, Place]:
    found = PLACES.enrich(Enriched(Article(headline=None, body=body, paragraphs=(), format="test"))).places
    assert found is not None
    assert all(body[start:end].strip() for place in found for start, end in place.mentions)
    return {place.name: place for place in found}


def test_a_city_has_degrees_country_and_geonames_id() -> None:
    place = places("The ministers met in Brussels on Monday.")["Brussels"]
    assert (place.country, place.geonames, place.kind) == ("BE", 2800866, "city")
    assert place.lat == pytest.approx(50.85, abs=0.05)
    assert place.lon == pytest.approx(4.35, abs=0.05)


@pytest.mark.parametrize(
    ("body", "country"),
    [
        ("The fire broke out in Paris on Monday.", "FR"),
        ("The fire broke out in Paris, Texas, on Monday.", "US"),
        ("Firemen from all of Kentucky came to London, Kentucky, on Monday.", "US"),
    ],
)
def test_context_chooses_among_places_of_one_name(body: str, country: str) -> None:
    found = places(body)
    assert {place.country for name, place in found.items() if name in {"Paris", "London"}} == {country}


@pytest.mark.parametrize(
    "body",
    [
        "Paris Hilton opened the shop.",
        "Michael Jordan missed twice, and then Michael Houston scored.",
        "The New York Times reported it, as did the Washington Post.",
        "Mr. Lincoln spoke.",
        "They were reading at a nice price.",
    ],
)
def test_persons_and_papers_are_no_places(body: str) -> None:
    assert {name for name in places(body) if name != "Jordan"} == set()


def test_adjectives_and_short_forms_are_mentions_of_the_country() -> None:
    found = places("Turkish officials met U.S. diplomats; Russia-Turkey ties were discussed.")
    assert {(name, place.country, len(place.mentions)) for name, place in found.items()} == {
        ("Turkey", "TR", 2),
        ("United States", "US", 1),
        ("Russia", "RU", 1),
    }


def test_a_language_is_no_country() -> None:
    assert places("She said it in Turkish, and he speaks French.") == {}


@pytest.mark.parametrize("name", ["Crimea", "Donbas", "Kashmir", "Abkhazia"])
def test_contested_territory_keeps_its_wording_and_has_no_country(name: str) -> None:
    assert places(f"Troops were seen in {name} on Monday.")[name].country is None


def test_a_city_of_contested_territory_has_no_country_either() -> None:
    assert places("Ships lay at Sevastopol on Monday.")["Sevastopol"].country is None


def test_the_dateline_tells_where_the_story_was_written() -> None:
    found = places("OTTAWA (AP) — The talks in Brussels went on, said a man in Ottawa.")
    assert found["Ottawa"].role == "located"
    assert len(found["Ottawa"].mentions) == 2
    assert found["Brussels"].role == "about"


CONTESTED = (
    "Troops left Crimea, the Golan Heights and Simferopol. The Crimean port was closed. Europe was told in Ankara."
)


def contested(**countries: str) -> dict[str, str | None]:
    (enricher,) = build_enrichers(["places"], {"places": {"contested": countries}} if countries else {})
    found = enricher.enrich(Enriched(Article(None, CONTESTED, (), "test"))).places
    assert found is not None
    return {place.name: place.country for place in found}


def test_contested_territory_has_the_country_that_is_configured_and_none_else() -> None:
    plain = contested()
    assert (plain["Crimea"], plain["Golan Heights"], plain["Simferopol"], plain["Ankara"]) == (None, None, None, "TR")
    given = contested(Crimea="UA")
    assert given == plain | {"Crimea": "UA", "Simferopol": "UA"}


@pytest.mark.parametrize(
    ("countries", "said"),
    [
        ({"Crimia": "UA"}, "no such territory"),
        ({"Crimea": "Ukraine"}, "no code"),
        ({"Europe": "DE"}, "no such territory"),
    ],
)
def test_wrong_territories_and_codes_are_refused(countries: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        contested(**countries)


def test_an_enricher_without_options_refuses_a_table() -> None:
    with pytest.raises(ConfigError, match="takes no options"):
        build_enrichers(["counts"], {"counts": {"x": 1}})
