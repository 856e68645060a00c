-- Invitations and resets, leave of absence, and the tasks that joining and leaving leave open.
CREATE TABLE invitation (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES user (id), kind TEXT NOT NULL CHECK (kind = 'invite' OR kind = 'reset'),
  recipient TEXT NOT NULL UNIQUE, made_at TEXT NOT NULL, made_by INTEGER, expires_at TEXT NOT NULL, arrived_at TEXT, withdrawn_at TEXT,
  CHECK (expires_at > made_at)
) STRICT;
CREATE INDEX invitation_user ON invitation (user_id);
CREATE TABLE leave (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES user (id), first_day TEXT NOT NULL, last_day TEXT NOT NULL,
  back_on TEXT, entered_by INTEGER NOT NULL REFERENCES user (id), entered_at TEXT NOT NULL,
  ended_by INTEGER REFERENCES user (id), ended_at TEXT, CHECK (last_day >= first_day)
) STRICT;
CREATE INDEX leave_user ON leave (user_id, first_day);
CREATE TABLE staff_task (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES user (id), list TEXT NOT NULL CHECK (list = 'joining' OR list = 'leaving'),
  kind TEXT NOT NULL, opened_at TEXT NOT NULL, opened_by INTEGER NOT NULL REFERENCES user (id), done_on TEXT,
  done_at TEXT, done_by INTEGER REFERENCES user (id), CHECK ((done_at IS NULL) = (done_on IS NULL) AND (done_at IS NULL) = (done_by IS NULL))
) STRICT;
CREATE INDEX staff_task_user ON staff_task (user_id);
CREATE INDEX staff_task_open ON staff_task (user_id) WHERE done_at IS NULL;
CREATE TABLE staff_review (
  id INTEGER PRIMARY KEY, week TEXT NOT NULL, user_id INTEGER NOT NULL REFERENCES user (id), findings INTEGER NOT NULL,
  comment TEXT NOT NULL DEFAULT '', audit_seq INTEGER NOT NULL, at TEXT NOT NULL, UNIQUE (week, user_id)
) STRICT;
CREATE TRIGGER staff_task_no_delete BEFORE DELETE ON staff_task BEGIN SELECT RAISE(ABORT, 'a task of joining or leaving stays'); END;
CREATE TRIGGER staff_task_done_once BEFORE UPDATE ON staff_task WHEN OLD.done_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a task is done once'); END;
CREATE TRIGGER staff_review_no_update BEFORE UPDATE ON staff_review BEGIN SELECT RAISE(ABORT, 'a signed review stays as it is'); END;
CREATE TRIGGER staff_review_no_delete BEFORE DELETE ON staff_review BEGIN SELECT RAISE(ABORT, 'a signed review stays as it is'); END;
