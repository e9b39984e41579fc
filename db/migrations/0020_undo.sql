-- Undoing imports: what an import was of (row_kind), for what it was asked to do is forgotten at its end; and the import
-- that an undo takes back (undoes). Both are null of other jobs, and of imports that ended before.

ALTER TABLE jobs ADD COLUMN row_kind {{.Text}};
ALTER TABLE jobs ADD COLUMN undoes {{.Text}};
