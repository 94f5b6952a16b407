"""axe-core finds nothing, light and dark, with a card, the search or the contents open."""

THEMES = ("light", "dark")


def set_theme(page, theme):
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")


def test_a_page_with_an_open_card_has_no_violation(open_page, axe):
    page = open_page("luggage")
    page.locator("a.yalu-claim").first.focus()
    page.locator(".yalu-card").wait_for()
    for theme in THEMES:
        set_theme(page, theme)
        assert axe(page, ".yalu-card") == [], theme


def test_contents_on_a_phone_and_the_search_have_no_violation(open_page, axe):
    page = open_page("about", 360)
    for theme in THEMES:
        set_theme(page, theme)
        page.locator(".page-menu").click()
        assert axe(page) == [], theme
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        page.locator(".page-find").wait_for()
        assert axe(page) == [], theme
        page.keyboard.press("Escape")
