-- The trace of the call that asked for the job (W3C traceparent), which whoever works on it goes on with. Missing outside of
-- one, and in jobs of a process from before.
ALTER TABLE jobs ADD COLUMN trace text;
