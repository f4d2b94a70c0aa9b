create index transfer_arrival_by_fingerprint on transfer_arrival (account_id, fingerprint, id);
