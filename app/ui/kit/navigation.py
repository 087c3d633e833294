"""The pages, their addresses, and moving between them."""

from typing import NoReturn

import streamlit as st

_FILES = {
    "data": "ui/datasets/page.py",
    "retrain": "ui/jobs/retrain_page.py",
    "score": "ui/jobs/score_page.py",
}

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Watch": {
        "overview": ("Overview", ":material/space_dashboard:"),
        "trends": ("Trends", ":material/timeline:"),
    },
    "Work": {
        "data": ("Data", ":material/table_view:"),
        "retrain": ("Retrain", ":material/model_training:"),
        "score": ("Score", ":material/fact_check:"),
    },
    "Inspect": {
        "runs": ("Runs", ":material/list_alt:"),
        "models": ("Models", ":material/military_tech:"),
        "anomalies": ("Anomalies", ":material/scatter_plot:"),
    },
    "Platform": {"system": ("System", ":material/dns:")},
}


def page(name: str) -> str:
    """Path of a page as Streamlit's page links want it."""
    return _FILES.get(name, f"ui/{name}/page.py")


def sections() -> dict[str, list[st.Page]]:
    """Every page under the heading it is listed by."""
    return {
        heading: [
            st.Page(page(name), title=title, icon=icon, url_path=name, default=name == "overview")
            for name, (title, icon) in pages.items()
        ]
        for heading, pages in SECTIONS.items()
    }


def go(name: str, **query: str) -> NoReturn:
    """Open another page at an address that holds ``query``."""
    st.switch_page(page(name), query_params=query)


def stay(**query: str) -> NoReturn:
    """Open the same page at another address."""
    st.query_params.from_dict(query)
    st.rerun()
