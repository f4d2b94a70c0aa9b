alter table jobs_job add column lock_key text;
alter table jobs_job add column quota text;
create index jobs_job_locked on jobs_job (account_id, lock_key, state) where lock_key is not null;
create index jobs_job_waiting_for_lock on jobs_job (account_id, lock_key, priority desc, ready_at_ms, number) where state = 'waiting_for_lock';
create index jobs_job_pending on jobs_job (account_id, quota, priority desc, ready_at_ms, number) where state = 'pending';
create index jobs_job_passed on jobs_job (account_id, workflow, quota) where state = 'pending';
