"""Who looks at pages has to see: each thing that must not be on a page is put on one."""

import pytest
from playwright.sync_api import Page

from tests.portals.walking import Walk

_SOUND = (
    "<!doctype html><html lang='zh-CN'><title>甲</title><style>@media print {{ .btn {{ display: none }} }}</style>"
    "<main><h1>甲</h1><p>乙</p><a href='/' class='btn'>回到首页</a>{}</main></html>"
)


@pytest.fixture(scope="module")
def drawn(walk: Walk) -> Page:
    return walk.as_nobody()


def test_a_sound_page_passes(walk: Walk, drawn: Page) -> None:
    drawn.set_content(_SOUND.format(""))
    walk.judge(drawn)


@pytest.mark.parametrize(
    ("defect", "said"),
    [
        ("<p style='width: 500px'>宽</p>", "at 390 is"),
        ("<style>@media print { button { display: none } }</style><button></button>", "button-name"),
        ("<style>@media (min-width: 600px) { p { width: 700px } }</style>", "at 200 % is"),
        ("<div style='position: fixed; inset: 0; background: #fff'></div>", "covered on"),
        ("<style>@media print { p { width: 800px } }</style>", "on A4 is"),
        ("<nav aria-label='主导航'><p>去别处</p></nav>", "printed on"),
    ],
)
def test_a_defect_is_seen(walk: Walk, drawn: Page, defect: str, said: str) -> None:
    drawn.set_content(_SOUND.format(defect))
    with pytest.raises(AssertionError, match=said):
        walk.judge(drawn)
    drawn.emulate_media(media="screen")
