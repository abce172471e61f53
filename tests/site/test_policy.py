"""Every page of the built site allows only its own files, and the browser keeps to that."""

import re

import pytest

from tests.site.conftest import ORIGINS, SITE

pytestmark = pytest.mark.usefixtures("built")

PAGES = sorted(path.name for path in SITE.glob("*.html")) or ["index.html"]
# Tried in a timer: what a debugger evaluates is free of the policy.
ATTEMPT = """() => new Promise((resolve) => {
  const element = (name, given) => {
    const made = Object.assign(document.createElement(name), given);
    document.body.append(made);
    return made;
  };
  addEventListener('securitypolicyviolation', (e) => resolve(e.effectiveDirective), {once: true});
  setTimeout(() => { CODE; }, 0);
  setTimeout(() => resolve('nothing'), 5000);
})"""
TRY = {
    "element('script', {textContent: 'window.ran = true'})": "script-src-elem",
    "element('script', {src: 'https://example.org/a.js'})": "script-src-elem",
    "element('p').setAttribute('onclick', 'window.ran = true')": "script-src-attr",
    "try { eval('window.ran = true') } catch {}": "script-src",
    "element('link', {rel: 'stylesheet', href: 'https://example.org/a'})": "style-src-elem",
    "element('img', {src: 'https://example.org/a.png'})": "img-src",
    "element('iframe', {src: 'https://example.org/'})": "frame-src",
    "fetch('https://example.org/').catch(() => 0)": "connect-src",
}


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_comes_before_all_that_it_rules(name):
    head = (SITE / name).read_text(encoding="utf-8").split("</head>")[0]
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', head)
    assert policy, "the page has a policy"
    assert not re.search(r"<(script|link|style)", head[: policy.start()])
    assert "default-src 'self'" in policy[1]
    (scripts,) = [part for part in policy[1].split("; ") if part.startswith("script-src")]
    assert set(re.sub(r"'sha256-[\w+/=]+'", "", scripts).split()) == {"script-src", "'self'"}


@pytest.mark.parametrize("name", PAGES)
def test_no_element_carries_code(name):
    html = (SITE / name).read_text(encoding="utf-8")
    assert re.findall(r"<[a-z][^>]*\son[a-z]+=[^>]*>", html) == []
    assert "javascript:" not in html


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_browser_refuses_what_is_not_ours(visit, origin):
    page = visit("gather-dx.html", origin).page
    refused = {code: page.evaluate(ATTEMPT.replace("CODE", code)) for code in TRY}
    assert refused == TRY
    assert not page.evaluate("window.ran")
