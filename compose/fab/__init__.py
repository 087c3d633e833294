"""Airflow's accounts in the containers: kept in its database, passwords hashed."""
