-- Holds the place of a step that another branch adds.
SELECT 1;
