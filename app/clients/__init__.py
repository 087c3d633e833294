"""One method, one request, one return: Airflow, MLflow and PostgreSQL as the console sees them."""
