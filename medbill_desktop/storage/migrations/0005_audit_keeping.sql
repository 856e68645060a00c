-- Watched records, legal holds, explained gaps, and years of the log that were moved into an archive.
CREATE TABLE watched_patient (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), since TEXT NOT NULL, set_by INTEGER NOT NULL REFERENCES user (id),
  until TEXT, ended_by INTEGER REFERENCES user (id)
) STRICT;
CREATE UNIQUE INDEX watched_patient_now ON watched_patient (patient_id) WHERE until IS NULL;
CREATE TABLE legal_hold (
  id INTEGER PRIMARY KEY, reason TEXT NOT NULL, set_by INTEGER NOT NULL REFERENCES user (id), set_at TEXT NOT NULL,
  lift_reason TEXT NOT NULL DEFAULT '', lifted_by INTEGER REFERENCES user (id), lifted_at TEXT
) STRICT;
CREATE TRIGGER legal_hold_as_set BEFORE UPDATE OF id, reason, set_by, set_at ON legal_hold
  BEGIN SELECT RAISE(ABORT, 'a legal hold stays as it was set'); END;
CREATE TRIGGER legal_hold_lifted_once BEFORE UPDATE ON legal_hold WHEN OLD.lifted_at IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a legal hold is lifted once'); END;
CREATE TRIGGER legal_hold_no_delete BEFORE DELETE ON legal_hold BEGIN SELECT RAISE(ABORT, 'a legal hold stays'); END;
CREATE TABLE audit_explained (
  id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, until_seq INTEGER NOT NULL, source TEXT NOT NULL, note TEXT NOT NULL,
  head_seq INTEGER NOT NULL, user_id INTEGER NOT NULL REFERENCES user (id), at TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_explained_no_update BEFORE UPDATE ON audit_explained BEGIN SELECT RAISE(ABORT, 'a signed note stays as it is'); END;
CREATE TRIGGER audit_explained_no_delete BEFORE DELETE ON audit_explained BEGIN SELECT RAISE(ABORT, 'a signed note stays as it is'); END;
CREATE TABLE audit_archive (
  id INTEGER PRIMARY KEY, year INTEGER NOT NULL UNIQUE, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL UNIQUE, last_mac BLOB NOT NULL,
  target TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, user_id INTEGER NOT NULL REFERENCES user (id),
  at TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_archive_no_update BEFORE UPDATE ON audit_archive BEGIN SELECT RAISE(ABORT, 'an archived year stays as it is'); END;
CREATE TRIGGER audit_archive_no_delete BEFORE DELETE ON audit_archive BEGIN SELECT RAISE(ABORT, 'an archived year stays as it is'); END;
-- Rows leave the log only where a sealed archive holds them; the authorizer lets nothing but a purge write that it does.
DROP TRIGGER audit_no_delete;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit WHEN NOT EXISTS (SELECT 1 FROM audit_archive WHERE OLD.seq BETWEEN first_seq AND last_seq)
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
