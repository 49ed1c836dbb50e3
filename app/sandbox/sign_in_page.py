"""The pages of the sandbox's sign-in gateway: plain HTML without scripts, for phone and desktop alike."""

from collections.abc import Iterable
from html import escape

from app.sandbox.population import Cardholder, CardholderState

_STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif}
body{max-width:34rem;margin:0 auto;padding:1rem}
h1{font-size:1.25rem}.note{background:#fff4d6;padding:.5rem .75rem;border-radius:.375rem}
button{font:inherit;width:100%;min-height:44px;margin:.25rem 0;text-align:left;padding:.25rem .75rem}
input{font:inherit;width:100%;min-height:44px;box-sizing:border-box}
small{color:#555}
"""
_STATES = {
    CardholderState.NORMAL: "",
    CardholderState.CARD_LOST: "（社保卡已挂失）",
    CardholderState.CARD_CANCELED: "（社保卡已注销）",
    CardholderState.DECEASED: "（已故，不能登录）",
}


def sign_in_page(transaction: str, people: Iterable[Cardholder]) -> str:
    """The choice among ``people``; numbers travel in the form's body only."""
    hidden = f'<input type="hidden" name="transaction" value="{escape(transaction)}">'
    choices = "\n".join(
        f'<button name="social_security_number" value="{escape(person.social_security_number)}">'
        f"{escape(person.name)}{_STATES[person.state]} "
        f"<small>{escape(person.social_security_number)}</small></button>"
        for person in people
    )
    return _page(
        "电子社保卡登录（模拟）",
        f"""<p class="note">这是模拟环境，所列人员均为虚构，不是真实的电子社保卡。</p>
<form method="post" action="sign-in">{hidden}
<p>请选择一位虚构人员：</p>
{choices}
</form>
<form method="post" action="sign-in">{hidden}
<label for="number">或输入已登记虚构人员的社会保障号码</label>
<input id="number" name="social_security_number" autocomplete="off" required>
<button>登录</button>
</form>
<form method="post" action="sign-in">{hidden}<button name="decision" value="deny">取消登录</button></form>""",
    )


def defect_page(title: str) -> str:
    """A page that says why there is no sign-in."""
    return _page("无法登录", f'<p class="note">{escape(title)}</p>')


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )
