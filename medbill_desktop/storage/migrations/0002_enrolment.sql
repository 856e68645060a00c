-- Codes that let a further computer in, recovery kits and who holds them, and what a use of the kit owes.
CREATE TABLE enrolment (
  id INTEGER PRIMARY KEY, entry_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, offered_by INTEGER NOT NULL REFERENCES user (id),
  offered_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT, workstation INTEGER REFERENCES workstation (number), ended_at TEXT,
  CHECK ((used_at IS NULL) = (workstation IS NULL))
) STRICT;
CREATE TABLE recovery_kit (
  id INTEGER PRIMARY KEY, recipient TEXT NOT NULL UNIQUE, holder TEXT NOT NULL, made_by INTEGER REFERENCES user (id), made_at TEXT NOT NULL,
  drilled_at TEXT, retired_at TEXT
) STRICT;
CREATE TABLE recovery_use (
  id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, workstation INTEGER NOT NULL, began_at TEXT NOT NULL, kit_at TEXT, epoch_at TEXT,
  CHECK (epoch_at IS NULL OR kit_at IS NOT NULL)
) STRICT;
CREATE TABLE recovery_seen (
  use_id INTEGER NOT NULL REFERENCES recovery_use (id), user_id INTEGER NOT NULL REFERENCES user (id), at TEXT NOT NULL,
  PRIMARY KEY (use_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER recovery_use_as_begun BEFORE UPDATE OF id, recipient, workstation, began_at ON recovery_use
  BEGIN SELECT RAISE(ABORT, 'a use of the recovery kit stays as it was begun'); END;
CREATE TRIGGER recovery_use_no_delete BEFORE DELETE ON recovery_use BEGIN SELECT RAISE(ABORT, 'a use of the recovery kit stays'); END;
CREATE TRIGGER recovery_seen_no_update BEFORE UPDATE ON recovery_seen BEGIN SELECT RAISE(ABORT, 'what an officer has seen stays'); END;
CREATE TRIGGER recovery_seen_no_delete BEFORE DELETE ON recovery_seen BEGIN SELECT RAISE(ABORT, 'what an officer has seen stays'); END;
