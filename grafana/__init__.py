"""Grafana's dashboards as code: ``python -m grafana`` writes the JSON that Grafana provisions."""
