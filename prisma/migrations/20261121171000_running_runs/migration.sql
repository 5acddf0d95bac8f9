-- How many runs of a server go on is asked for each one that begins.
CREATE INDEX run_running_idx ON run (server_id) WHERE state = 'running';
