"""Text that tries to get out of where it is printed."""

from hypothesis import strategies as st

ATTEMPTS = (
    "::error::owned",
    " \u00a0::set-output name=x::y",
    "##[error]owned",
    "a ##[add-path]/tmp",
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31m",
    "\u202egnp.exe",
    "\r\n::stop-commands::x\r",
    "\u2028\x85\x0b\x0c",
    "\ud800",
    "\x00\ufffe\uffff",
    "a|b\\|c",
    "`code` ```\n~~~",
    "</td></details><script>alert(1)</script><!--",
    "]]>&amp;&lt;",
    "[x](javascript:alert(1)) ![i](http://evil.example/i.png)",
    "@octocat @org/team a@b.example",
    "#12 GH-12 org/repo#12",
    "https://evil.example www.evil.example",
    "**bold** _em_ ~~s~~ $x$",
    "\n\n# heading\n- item\n1. one\n> quote\n---\n| a | b |\n|---|---|\n",
    "\ttab",
    "äöü 漢字 🚀 e\u0301",
    "%0A%0D%25,:",
    "x" * 5000,
    "",
)

TEXT = st.lists(
    st.sampled_from(ATTEMPTS)
    | st.text(
        alphabet="#[]:@`|\\<>&!()*_~$ \t\r\n%,-=0a\u00a0\u3000\x1b\x85", max_size=9
    )
    | st.text(st.characters(codec=None, exclude_categories=()), max_size=9),
    max_size=6,
).map("".join)
