alter table jobs_job
  add column lock_key varchar(200),
  add column quota varchar(220),
  add index jobs_job_locked (account_id, lock_key, state),
  add index jobs_job_waiting_for_lock (state, account_id, lock_key, priority desc, ready_at_ms, number),
  add index jobs_job_passed (state, account_id, workflow, quota),
  add index jobs_job_pending (state, account_id, quota, priority desc, ready_at_ms, number);
create table jobs_gate (
  id int primary key,
  turn bigint not null
) collate utf8mb4_nopad_bin;
