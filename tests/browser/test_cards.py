"""The card of a number opens by mouse, keyboard and touch, and says who said it."""

import pytest

CLAIM = "a.yalu-claim"
RESULT = "a.yalu-result"


def card(page):
    return page.locator(".yalu-card")


@pytest.fixture
def claim_link(open_page):
    def found(width=1280, **options):
        page = open_page("luggage", width, **options)
        link = page.locator(CLAIM, has_text="700–1,000 yuan a bag").first
        link.scroll_into_view_if_needed()
        return page, link

    return found


def test_a_card_opens_by_mouse_and_keyboard_and_leads_to_the_register(claim_link):
    page, link = claim_link(reduced_motion="reduce")  # the page stands where it is measured
    link.hover()
    card(page).wait_for()
    text = card(page).inner_text()
    for words in ("700–1,000 yuan a bag", "Said by", "anonymous source", "Daily NK", "Note"):
        assert words in text
    page.mouse.move(5, 5)
    card(page).wait_for(state="detached")
    names_its_parameters_and_claims(page)
    for key in ("Enter", "Space", "ArrowDown"):
        goes_round_by_keyboard(page, link, key)
    covers_no_line_of_its_link(page)
    page.keyboard.press("Escape")
    card(page).wait_for(state="detached")
    page.evaluate("document.activeElement.blur()")
    link.focus()
    card(page).locator("a", has_text="The claim in the register").click()
    page.wait_for_url("**/evidence.html#claim-smuggling-fee-2024-daily-nk-cny")
    assert page.locator("#claim-smuggling-fee-2024-daily-nk-cny").is_visible()


def names_its_parameters_and_claims(page):
    link = page.locator(RESULT, has_text="million yuan a year").first
    link.scroll_into_view_if_needed()
    link.hover()
    card(page).wait_for()
    text = card(page).inner_text()
    told = ("Reported by", "Daily NK", "Worked out", "× fee ×", "Workers going home each week",
            "700–1,000 yuan")  # fmt: skip
    for words in told:
        assert words in text
    page.mouse.move(5, 5)
    card(page).wait_for(state="detached")


def goes_round_by_keyboard(page, link, key):
    page.evaluate("document.activeElement.blur()")
    link.focus()
    card(page).wait_for()
    assert link.get_attribute("aria-expanded") == "true"
    page.keyboard.press(key)
    here = "document.activeElement.closest('.yalu-card') && document.activeElement.className"
    assert page.evaluate(here) == "yalu-card"
    assert card(page).get_attribute("role") == "dialog"
    assert "700–1,000 yuan a bag" in card(page).get_attribute("aria-label")
    page.keyboard.press("Tab")
    assert page.evaluate(here) == "yalu-card-close"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "The claim in the register"
    page.keyboard.press("Tab")
    assert page.evaluate(here) == "yalu-card-close"
    page.keyboard.press("Enter" if key == "Enter" else "Escape")
    card(page).wait_for(state="detached")
    assert "yalu-claim" in page.evaluate("document.activeElement.className")
    assert link.get_attribute("aria-expanded") == "false"


def covers_no_line_of_its_link(page):
    for link in page.locator("article > section > section > p a.yalu-claim").all()[:8]:
        link.focus()
        over = """(link) => {
            const card = document.querySelector('.yalu-card').getBoundingClientRect();
            return [...link.getClientRects()]
                .filter(({ top, bottom }) => top < card.bottom && card.top < bottom).length;
        }"""
        assert link.evaluate(over) == 0


def test_on_a_phone_the_tapped_line_stays_in_view_above_the_card(open_page):
    page = open_page("luggage", 360, has_touch=True, is_mobile=True)
    links = page.locator("main").locator(f"{CLAIM}, {RESULT}").locator("visible=true")
    for number in (0, links.count() // 2, links.count() - 1):
        link = links.nth(number)
        link.tap()
        box, line = card(page).bounding_box(), link.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
        assert line["y"] >= 0 and line["y"] + line["height"] <= box["y"]
        close = page.locator(".yalu-card-close").bounding_box()
        assert box["y"] < close["y"] < box["y"] + 20 and close["height"] >= 44
        assert page.url.endswith("luggage.html"), "the first tap must not leave the page"
        page.locator(".yalu-card-close").tap()
        card(page).wait_for(state="detached")


def test_without_scripts_the_link_leads_to_the_register(claim_link):
    page, link = claim_link(java_script_enabled=False)
    assert link.get_attribute("href") == "evidence.html#claim-smuggling-fee-2024-daily-nk-cny"
    link.click()
    page.wait_for_url("**/evidence.html#claim-smuggling-fee-2024-daily-nk-cny")
