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


def test_mouse_and_keyboard_open_a_card_that_leads_to_the_register(claim_link):
    page, link = claim_link()
    link.hover()
    card(page).wait_for()
    text = card(page).inner_text()
    for words in ("700–1,000 yuan a bag", "Said by", "anonymous source", "Daily NK", "Note"):
        assert words in text
    page.mouse.move(5, 5)
    card(page).wait_for(state="detached")

    result = page.locator(RESULT, has_text="million yuan a year").first
    result.scroll_into_view_if_needed()
    result.hover()
    card(page).wait_for()
    text = card(page).inner_text()
    for words in ("Daily NK", "Workers going home each week", "700–1,000 yuan"):
        assert words in text
    page.mouse.move(5, 5)
    card(page).wait_for(state="detached")

    link.focus()
    card(page).wait_for()
    assert link.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.className") == "yalu-card"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"
    page.keyboard.press("Escape")
    card(page).wait_for(state="detached")
    assert page.evaluate("document.activeElement.className").find("yalu-claim") >= 0
    assert link.get_attribute("aria-expanded") == "false"

    page.evaluate("document.activeElement.blur()")
    link.focus()
    card(page).locator("a", has_text="The claim in the register").click()
    page.wait_for_url("**/evidence.html#claim-smuggling-fee-2024-daily-nk-cny")
    assert page.locator("#claim-smuggling-fee-2024-daily-nk-cny").is_visible()


def test_a_tap_opens_the_card_and_another_outside_closes_it(claim_link):
    page, link = claim_link(360, has_touch=True, is_mobile=True)
    link.tap()
    card(page).wait_for()
    box = card(page).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    assert page.url.endswith("luggage.html"), "the first tap must not leave the page"
    page.locator("article h1").tap()
    card(page).wait_for(state="detached")


def test_without_scripts_the_link_leads_to_the_register(claim_link):
    page, link = claim_link(java_script_enabled=False)
    assert link.get_attribute("href") == "evidence.html#claim-smuggling-fee-2024-daily-nk-cny"
    link.click()
    page.wait_for_url("**/evidence.html#claim-smuggling-fee-2024-daily-nk-cny")
