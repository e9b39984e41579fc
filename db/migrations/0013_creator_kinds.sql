-- By what kind of credential, or import, rows were created. Nothing is known of those that are there: null. No CHECK:
-- it would read all rows.

ALTER TABLE calls ADD COLUMN created_by_kind {{.Text}};

ALTER TABLE call_records ADD COLUMN created_by_kind {{.Text}};

ALTER TABLE customer_persons ADD COLUMN created_by_kind {{.Text}};

ALTER TABLE tasks ADD COLUMN created_by_kind {{.Text}};

ALTER TABLE notes ADD COLUMN created_by_kind {{.Text}};
