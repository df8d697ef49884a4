-- The planner knows little of rows that were written a moment ago, and of an inventory that was empty a moment ago:
-- a join of the fleet with itself by nested loops would take hours. Compiling these statements costs more than it saves.
ALTER FUNCTION usp_update_jasper_device(uuid) SET enable_nestloop = off;
ALTER FUNCTION usp_update_jasper_device(uuid) SET jit = off;
ALTER FUNCTION usp_calculate_usage_statistics(integer, date) SET enable_nestloop = off;
ALTER FUNCTION usp_calculate_usage_statistics(integer, date) SET jit = off;
