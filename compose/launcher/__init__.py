"""The embedded stack: PostgreSQL, MLflow, Airflow and the console under one supervisor."""
