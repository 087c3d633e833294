"""Parts of the System page: services, recent failures, versions and settings."""

import platform
import re
from collections.abc import Sequence
from importlib.metadata import version

import streamlit as st

from app.services.jobs.service import recent_jobs
from app.services.jobs.types import JobState
from app.services.system.service import ServiceHealth
from app.settings import ConsoleSettings
from app.ui.jobs.labels import JOB_KINDS, JOB_PAGES, job_pill
from app.ui.kit import context, html, layout, navigation, text
from app.ui.system.labels import service_pill

PACKAGES = ("streamlit", "plotly", "duckdb", "pandas", "pyarrow", "apache-airflow-client")
SECRETS = re.compile("database|password|secret|token|key", re.IGNORECASE)
PASSWORD_IN_URL = re.compile(r"(?<=:)[^:@/]+(?=@)")


def services(found: Sequence[ServiceHealth]) -> None:
    """One card a service with everything the check knows."""
    for pair in (found[:2], found[2:]):
        for column, service in zip(st.columns(2), pair, strict=False):
            with column, layout.card(f"service-{service.name}", height="stretch"):
                _service(service)


def _service(service: ServiceHealth) -> None:
    """Name, state, facts and what still works."""
    head = html.span(service.name, cls="ac-title") + service_pill(service.status)
    st.html(html.tag("div", head, cls="ac-tile-head"))
    since = text.exact(service.down_since, context.zone()) if service.down_since else ""
    latency = f"{service.latency_ms:.0f} ms" if service.latency_ms is not None else ""
    known = {
        "Detail": service.detail,
        "Down since": since,
        "Still works": service.still_works,
        "Version": service.version,
        "Address": service.address.partition("?")[0],
        "Answered in": latency,
    }
    items = [(name, html.span(value, title=value)) for name, value in known.items() if value]
    st.html(html.facts(items, cls="ac-rows ac-wrapped"))


def failures() -> None:
    """The newest failed jobs, each with a link."""
    console = context.console()
    jobs = recent_jobs(console.training, console.scoring, states=(JobState.FAILED,))
    if not jobs:
        st.caption("No run has failed.")
    for job in jobs:
        when = html.span(text.ago(job.queued), title=text.exact(job.queued, context.zone()))
        name = html.span(JOB_KINDS[job.kind], cls="ac-title")
        who = html.span(f"by {job.requested_by or 'unknown'}", cls="ac-sub ac-cut")
        line = job_pill(job.state) + name + when + who
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.html(html.tag("div", line, cls="ac-row"))
            st.html(html.link("Airflow", job.url, title=job.dag_run_id), width="content")
            if st.button("Open", key=f"open-{job.dag_run_id}", type="tertiary"):
                navigation.go(JOB_PAGES[job.kind], run=job.dag_run_id)


def versions() -> None:
    """What the console itself runs on."""
    items = [("Python", platform.python_version())] + [(each, version(each)) for each in PACKAGES]
    st.html(html.facts([(n, html.span(v)) for n, v in items], cls="ac-rows"))


def settings(found: ConsoleSettings) -> None:
    """The settings in force, by the name of their environment variable, without secrets."""
    shown = {
        name.upper(): PASSWORD_IN_URL.sub("•••", str(value or "not set"))
        for name, value in found.model_dump().items()
        if not SECRETS.search(name)
    }
    st.html(html.facts([(n, html.span(v, title=v)) for n, v in shown.items()], cls="ac-rows"))
