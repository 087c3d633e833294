"""Work in progress, as one line each."""

from collections.abc import Sequence

import streamlit as st

from app.services.jobs import Job
from app.ui import html, navigation, text
from app.ui.components.states import JOB_KINDS, JOB_PAGES, job_pill


def in_progress(jobs: Sequence[Job]) -> None:
    """One line for each job under way, with the way to follow it."""
    for job in jobs:
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"job-{job.dag_run_id}"
        ):
            facts = html.words(f"{JOB_KINDS[job.kind]} by {job.requested_by or 'unknown'}")
            time = html.words(text.duration(job.seconds), cls="ac-sub ac-num")
            st.html(html.tag("div", job_pill(job.state) + facts + time, cls="ac-row"))
            if st.button("Follow", key=f"follow-{job.dag_run_id}", type="tertiary"):
                navigation.go(JOB_PAGES[job.kind], run=job.dag_run_id)
