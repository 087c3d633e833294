"""ASGI entry point of the console: ``streamlit run app/server.py``."""

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts only the folder of this file on the path; the packages lie one above it.
sys.path.insert(0, str(Path(__file__).parents[1]))

from app.database.recorder import history_recorder
from app.web import routes
from app.wiring import shared

app = st.App(
    "main.py",
    routes=routes.routes(shared()),
    middleware=routes.middleware(shared()),
    lifespan=lambda _: history_recorder(shared().settings),
)
