-- work: labels as they last stood, so that tasks are found by them. The rule is `ontology.consensus.label`; the worker writes them after
-- every fit (`insight.standing_labels`), in numbers alone, and every row can be made again. What a page shows is reckoned anew from the votes.

-- What stands for one question about one task. Of gold there is none, for its answer is known; nor of answers that are no numbers.
create table task_label (
  organization_id uuid     not null,
  project_id      uuid     not null,
  question_no     smallint not null,
  task_no         bigint   not null,
  code            float8,                                   -- as votes are coded; null: a tie
  probability     float8   check (probability between 0 and 1), -- four decimal places; null: of an estimate, which has an interval instead
  source          text     not null check (source in ('votes', 'model', 'decision', 'review', 'adjudication')),
  is_least        boolean  not null,                        -- the least sure question of its task: one a task
  constraint task_label_pkey primary key (organization_id, project_id, question_no, task_no),
  constraint what_is_least_sure_has_a_probability check (not is_least or probability is not null)
);
create index task_label_of_task on task_label (organization_id, project_id, task_no);
create index task_label_by_probability on task_label (organization_id, project_id, probability, task_no) where is_least;
create index task_label_by_code on task_label (organization_id, project_id, question_no, code, source);
call bind_to_tenant('task_label');
call open_to_role('task_label', 'evenhand_sweep');
grant select, insert, update, delete on task_label to evenhand_app;
grant select, delete on task_label to evenhand_sweep;
