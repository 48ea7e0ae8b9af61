"""All SQL of provbot: functions that take a database, one module for each table."""
