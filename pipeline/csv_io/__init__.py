"""CSV in and out: any operator's file becomes typed Parquet, scored rows become a safe CSV."""

from pipeline.csv_io.convert import csv_to_parquet
from pipeline.csv_io.info import CsvInfo, Progress
from pipeline.csv_io.write import write_csv

__all__ = ["CsvInfo", "Progress", "csv_to_parquet", "write_csv"]
