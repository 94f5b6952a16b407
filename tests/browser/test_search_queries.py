"""What the register and the search find: a page load each, a table of questions and first hits.

`pytest -s` prints the tables. Asserted is what must stand among the first three hits, and how many
words of the question the hits hold.
"""

# question: what must be among the first three entries or documents; "" where there is nothing
REGISTER = {
    "Kuwait 2017 workers": "claim-kuwait-2017-08",
    "Dandong wages 2024": "claim-wage-2024-flood",
    "Dandong pay": "claim-wage-2018-rfa",
    "Dandong salaries": "claim-wage-2018-rfa",
    "100,000": "claim-china-state-2024",
    "100000": "claim-china-state-2024",
    "who says 100,000": "claim-china-state-2024",
    "RFA": "claim-china-rfa-2023-12",
    "Radio Free Asia": "claim-china-rfa-2023-12",
    "anonymous Hunchun 2025": "claim-new-2025-hunchun",
    "Panel of Experts": "claim-world-poe-2023",
    "2397": "source-unsc-2017-12-resolution-2397",
    "2375": "source-unsc-2017-09-resolution-2375",
    "Resolution 2371": "source-unsc-2017-08-resolution-2371",
    "1718": "statement-luxury-undefined-1718",
    "salary": "claim-keep-2015-rfa-daehung",
    "laborers Kuwait": "claim-kuwait-2017-08",
    "labourers Kuwait": "claim-kuwait-2017-08",
    "OFAC": "source-treasury-2020-01-namgang",
    "단둥 pay 2024": "claim-wage-2024-flood",
    "丹东 pay 2024": "claim-wage-2024-flood",
    "훈춘 2025": "claim-new-2025-hunchun",
    "和龙 riot": "claim-helong-riot-2024-yomiuri",
    "workers present China disputed": "claim-china-nkdb-80000-2019",
    "Tillerson": "claim-world-state-2017-06",
    "Outlaw Ocean": "claim-seafood-shipments-us-2024-time",
    "luxury": "statement-luxury-undefined-1718",
    "bag fee": "claim-smuggling-fee-2024-daily-nk-cny",
    "bribe passport": "claim-ch-passport-bribe-2007",
    "Yomiuri Hunchun": "claim-new-2025-hunchun",
    "hours a day": "claim-hours-2021-98pct",
    "days off a month": "claim-daysoff-2016-seafood",
    "rail freight rate": "claim-tr-rail-in-2023",
    "square metre": "claim-luggage-area-2024-daily-nk",
    "smuggling-fee-2024-daily-nk-cny": "claim-smuggling-fee-2024-daily-nk-cny",
    "Sinuju": "statement-spree-sinuiju-kin-2019",
    "Dand": "claim-weeks-to-empty-dandong-derived",
    "fine 400 people Channel A": "claim-dandong-factory-2019-12",
    "xylophone": "",
    "#?place=Kuwait&year=2017": "claim-kuwait-2017-08",
    "#?place=Dandong&indicator=monthly_wage_dprk_worker&year=2024": "claim-wage-2024-flood",
    "#?outlet=radio-free-asia": "claim-ch-family-bribe-2018",
    "#?outlet=radio-free-asia&via=1&q=2012": "claim-vis-9m-2012-ship-rfa",
    "#?basis=panel-of-experts": "claim-world-poe-2023",
    "#?status=disputed&indicator=workers_present&place=China": "claim-china-mofa-19000",
}
# question: the first section of the book, or what stands in the register where there is none
SEARCH = {
    "wages": "chapters/wages_trade.html",
    "what do workers keep": "chapters/wages_trade.html",
    "download data": "chapters/data.html",
    "North Korean women": "chapters/visas.html",
    "100,000": "chapters/repatriation.html",
    "100000": "chapters/repatriation.html",
    "2375": "chapters/methods.html#papers",
    "OFAC": "chapters/evidence.html#source-treasury-2020-01-namgang",
    "uncertainty": "chapters/methods.html",
    "peer review": "chapters/",
    "licence": "chapters/",
    "suitcase": "chapters/luggage.html",
    "how many workers are there": "chapters/methods.html#how-many",
    "student visas": "chapters/visas.html",
    "the fine": "chapters/visas.html",
    "Helong riot": "chapters/",
    "rail freight": "chapters/luggage.html",
    "deadline": "chapters/",
    "corrections": "chapters/corrections.html",
    "how to cite": "chapters/about.html",
    "run it again": "chapters/rerun.html",
    "minimum wage": "chapters/wages_trade.html",
    "restaurants": "chapters/visas.html",
}


# the first three of each list of what was found, else the first entries that the menus leave
FIRST = """() => {
    const lists = [...document.querySelectorAll('.reg-found:not([hidden]) ul')];
    const left = lists.length ? [] : [...document.querySelectorAll('.reg-claim:not([hidden])')];
    return [...lists.map((list) => [...list.children]), left]
        .flatMap((items) => items.slice(0, 3).map(({ id }) => id));
}"""


def row(question, told, hits):
    print(f"{question:32} {told:34} {' | '.join(hits)}")


def test_the_register_finds_what_is_asked(open_page):
    page = open_page("evidence")
    misses = []
    for question, wanted in REGISTER.items():
        if question.startswith("#"):
            page.goto(f"{page.url.partition('#')[0]}{question}")
        else:
            page.fill("#yalu-register [name=q]", question)
        found = page.evaluate(FIRST)
        told = page.inner_text("#yalu-register output")
        counts = "/".join(part.split()[0] for part in told.split(", "))
        row(question, counts, found[:3])
        if wanted not in found and (wanted or found):
            misses.append(f"{question}: {found}, not {wanted}")
    assert misses == [] and page.errors == []


def test_the_search_finds_what_is_asked(open_page):
    page = open_page("../search")
    misses = []
    for question, wanted in SEARCH.items():
        answer = page.evaluate(
            """(question) => {
                const { best, words, sections, entries } = window.yalu.ask(question);
                const ids = (records) => records.slice(0, 3).map(({ id }) => id);
                return { best, words: words.length, counts: [sections.length, entries.length],
                  ids: [...ids(sections), ...ids(entries)],
                  texts: sections.map(({ text }) => text) };
            }""",
            question,
        )
        row(question, "/".join(map(str, answer["counts"])), answer["ids"][:3])
        if not answer["ids"] or not answer["ids"][0].startswith(wanted):
            misses.append(f"{question}: {answer['ids']}, not {wanted}")
        assert answer["best"] == answer["words"] or question == "peer review"
        for code in ("import pandas", "begin(", "globals()"):
            assert not [text for text in answer["texts"] if code in text], code
    assert misses == [] and page.errors == []


def test_results_fit_and_are_reached_by_keyboard(open_page, axe):
    page = open_page("../search", 360)
    page.locator("#search-words").fill("who gets 100,000")
    page.keyboard.press("Enter")
    page.locator("#search-results li").first.wait_for()
    assert "Left out: “who”, “gets”" in page.locator("#search-said").inner_text()
    assert page.locator("#search-results h2").first.inner_text().startswith("In the register")
    assert axe(page, "main") == []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#search-results a", has_text="See them in the register").click()
    page.wait_for_url("**/evidence.html#?q=who+gets+100%2C000")
    assert page.locator(".reg-found li").first.is_visible()


def test_without_scripts_the_register_is_there_and_the_filter_is_not(open_page):
    page = open_page("evidence", java_script_enabled=False)
    assert page.is_hidden("#yalu-register") and page.is_hidden(".reg-found >> nth=0")
    page.click("#indicator-smuggling_fee_per_bag summary")
    assert page.is_visible("#claim-smuggling-fee-2024-daily-nk-cny")


def test_on_a_phone_the_menus_are_behind_a_button(open_page):
    page = open_page("evidence", 360)
    assert page.is_hidden("#yalu-register [name=place]")
    page.click(".reg-more")
    page.select_option("[name=place]", "Helong")
    assert page.inner_text("#yalu-register output").startswith("6 of ")
