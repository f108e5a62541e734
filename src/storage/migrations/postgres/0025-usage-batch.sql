-- Here a record has its batch beside it already.
SELECT 1;
