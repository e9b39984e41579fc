-- Holds the number until another change brings its own.

SELECT 1;
