"""Every line of SQL: functions over a database, one module per table."""
